import type { LineShift } from "../domain/calendar/shifts.ts";
import type { Transaction } from "./statement.ts";

/** Takes some shifts of a line away, their breaks with them, and puts others in their place. */
export async function replaceShiftInstances(
  tx: Transaction,
  { lineKey, removed, added }: { lineKey: number; removed: LineShift[]; added: LineShift[] },
): Promise<void> {
  if (removed.length > 0) {
    await tx.query(
      "DELETE FROM shift_instance WHERE line_key = $1 AND from_ts = ANY($2::timestamptz[])",
      [lineKey, removed.map(({ startMs }) => new Date(startMs))],
    );
  }
  if (added.length === 0) return;
  await tx.query(
    `INSERT INTO shift_instance (line_key, from_ts, to_ts, business_date, name, crew, pattern, pattern_version)
     SELECT $1, * FROM unnest($2::timestamptz[], $3::timestamptz[], $4::date[], $5::text[], $6::text[],
                              $7::text[], $8::int[])`,
    [
      lineKey,
      added.map(({ startMs }) => new Date(startMs)),
      added.map(({ endMs }) => new Date(endMs)),
      added.map(({ businessDate }) => businessDate),
      added.map(({ name }) => name),
      added.map(({ crew }) => crew),
      added.map(({ pattern }) => pattern),
      added.map(({ patternVersion }) => patternVersion),
    ],
  );
  const breaks = added.flatMap(({ startMs, breaks: own }) =>
    own.map((pause) => ({ startMs, ...pause })),
  );
  if (breaks.length === 0) return;
  await tx.query(
    `INSERT INTO shift_break (line_key, shift_from, from_ts, to_ts, name)
     SELECT $1, * FROM unnest($2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::text[])`,
    [
      lineKey,
      breaks.map(({ startMs }) => new Date(startMs)),
      breaks.map(({ fromMs }) => new Date(fromMs)),
      breaks.map(({ toMs }) => new Date(toMs)),
      breaks.map(({ name }) => name),
    ],
  );
}
