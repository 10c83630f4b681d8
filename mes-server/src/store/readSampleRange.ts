import type { Transaction } from "./statement.ts";

/** Source times of a signal's first and last sample; `undefined` if it has none. */
export async function readSampleRange(
  tx: Transaction,
  signal: number,
): Promise<{ fromMs: number; toMs: number } | undefined> {
  const { rows } = await tx.query<{ first: Date | null; last: Date | null }>(
    `SELECT (SELECT ts FROM sample WHERE signal = $1 ORDER BY ts LIMIT 1) AS first,
            (SELECT ts FROM sample WHERE signal = $1 ORDER BY ts DESC LIMIT 1) AS last`,
    [signal],
  );
  const [row] = rows;
  if (row === undefined || row.first === null || row.last === null) return undefined;
  return { fromMs: row.first.getTime(), toMs: row.last.getTime() };
}
