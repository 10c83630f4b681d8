import type { CountChange } from "../commit/committed.ts";
import type { Transaction } from "./statement.ts";

/** Pieces that units have counted in spans of time, by unit and role. */
export async function readPiecesIn(
  db: Transaction,
  {
    units,
    spans,
  }: { units: readonly string[]; spans: readonly { fromMs: number; toMs: number }[] },
): Promise<{ unit: string; role: CountChange["role"]; pieces: number }[]> {
  if (units.length === 0 || spans.length === 0) return [];
  const { rows } = await db.query<{ unit: string; role: CountChange["role"]; pieces: string }>(
    `SELECT e.unit, e.role, sum(e.delta) AS pieces
       FROM unnest($2::timestamptz[], $3::timestamptz[]) AS s(from_ts, to_ts)
       JOIN count_event e ON e.unit = ANY($1) AND e.ts >= s.from_ts AND e.ts < s.to_ts
      GROUP BY e.unit, e.role`,
    [units, spans.map(({ fromMs }) => new Date(fromMs)), spans.map(({ toMs }) => new Date(toMs))],
  );
  return rows.map((row) => ({ ...row, pieces: Number(row.pieces) }));
}
