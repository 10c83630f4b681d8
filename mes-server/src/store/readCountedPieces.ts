import type { CountedPieces } from "../domain/kpi/line-windows.ts";
import type { Transaction } from "./statement.ts";

/**
 * What units have counted, summed between the cuts: `cut` is the index of the one before. One pass over
 * the events, however many cuts there are.
 */
export async function readCountedPieces(
  db: Transaction,
  of: { units: readonly string[]; cutsMs: readonly number[]; toMs: number },
): Promise<CountedPieces[]> {
  const [fromMs] = of.cutsMs;
  if (fromMs === undefined) return [];
  const { rows } = await db.query<{ unit: string; role: string; place: number; pieces: number }>({
    name: "readCountedPieces",
    text: `SELECT unit, role, width_bucket(ts, $2::timestamptz[]) AS place, sum(delta)::float8 AS pieces
             FROM count_event
            WHERE unit = ANY($1) AND ts >= $3 AND ts < $4
            GROUP BY unit, role, place`,
    values: [
      of.units,
      of.cutsMs.map((atMs) => new Date(atMs)),
      new Date(fromMs),
      new Date(of.toMs),
    ],
  });
  return rows.flatMap(({ unit, role, place, pieces }) => {
    const known = roleOf[role];
    return known === undefined ? [] : [{ unit, role: known, cut: place - 1, pieces }];
  });
}

const roleOf: Record<string, CountedPieces["role"] | undefined> = {
  goodCount: "good",
  scrapCount: "scrap",
  reworkCount: "rework",
};
