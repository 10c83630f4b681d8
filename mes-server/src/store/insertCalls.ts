import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { Transaction } from "./statement.ts";

export interface NewCall {
  id: string;
  line: string;
  unit: string | null;
  kind: CallKind;
  note: string;
  raisedAtMs: number;
  raisedBy: string;
  alarm: string | null;
}

/** New andon calls; answers those that were not there, and whose alarm has none that is open. */
export async function insertCalls(
  tx: Transaction,
  calls: readonly NewCall[],
  knownAtMs: number,
): Promise<NewCall[]> {
  if (calls.length === 0) return [];
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO andon_call (id, line, unit, kind, note, raised_at, raised_by, alarm, state, since,
                             known_at)
     SELECT id, line, unit, kind, note, raised_at, raised_by, alarm, 'open', raised_at, $9
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                   $7::text[], $8::text[])
         AS c(id, line, unit, kind, note, raised_at, raised_by, alarm)
      ORDER BY raised_at, id
     ON CONFLICT DO NOTHING
     RETURNING id`,
    [
      calls.map(({ id }) => id),
      calls.map(({ line }) => line),
      calls.map(({ unit }) => unit),
      calls.map(({ kind }) => kind),
      calls.map(({ note }) => note),
      calls.map(({ raisedAtMs }) => new Date(raisedAtMs)),
      calls.map(({ raisedBy }) => raisedBy),
      calls.map(({ alarm }) => alarm),
      new Date(knownAtMs),
    ],
  );
  const inserted = new Set(rows.map(({ id }) => id));
  return calls.filter(({ id }) => inserted.has(id));
}
