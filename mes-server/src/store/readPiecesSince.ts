import type { Transaction } from "./statement.ts";

/** Pieces, good and scrap, of a unit, or of the units that give the line's output. */
export async function readPiecesSince(
  db: Transaction,
  { equipment, fromMs, toMs }: { equipment: string; fromMs: number; toMs: number },
): Promise<number> {
  const { rows } = await db.query<{ pieces: string }>(
    `SELECT coalesce(sum(c.delta), 0) AS pieces
       FROM count_event c
      WHERE c.ts >= $2 AND c.ts < $3
        AND c.role IN ('goodCount', 'scrapCount')
        AND c.unit IN (SELECT id FROM unit
                        WHERE id = $1
                           OR (line = $1 AND (output_of_line OR position = (
                                 SELECT max(position) FROM unit WHERE line = $1
                                    AND NOT EXISTS (SELECT FROM unit WHERE line = $1 AND output_of_line)))))`,
    [equipment, new Date(fromMs), new Date(toMs)],
  );
  return Number(rows[0]?.pieces ?? 0);
}
