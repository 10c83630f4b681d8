import type { Transaction } from "./statement.ts";

/** The oldest mark of each of some signals, which are taken away with it. */
export async function takeWatchMarks(
  tx: Transaction,
  signalsMax: number,
): Promise<{ signal: number; fromMs: number }[]> {
  const { rows } = await tx.query<{ signal: number; from_ts: Date }>({
    name: "takeWatchMarks",
    text: `WITH taken AS (
             DELETE FROM watch_mark WHERE signal IN (
               SELECT signal FROM watch_mark GROUP BY signal ORDER BY min(id) LIMIT $1)
             RETURNING signal, from_ts)
           SELECT signal, min(from_ts) AS from_ts FROM taken GROUP BY signal ORDER BY signal`,
    values: [signalsMax],
  });
  return rows.map(({ signal, from_ts }) => ({ signal, fromMs: from_ts.getTime() }));
}
