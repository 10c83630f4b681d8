import type { Level, LinePlace } from "../domain/calendar/plan-shifts.ts";
import type { Transaction } from "./statement.ts";

export interface PlacedLine extends LinePlace {
  key: number;
}

/** Lines with what they lay under; all of them, or some. `zone` is that of the site they lie in now. */
export async function readLinePlaces(
  db: Transaction,
  { defaultZone, lines }: { defaultZone: string; lines?: readonly string[] | undefined },
): Promise<PlacedLine[]> {
  const { rows } = await db.query<{
    line: string;
    key: number;
    zone: string | null;
    equipment: string;
    level: Level;
    from_ts: Date | null;
    to_ts: Date | null;
  }>(
    `SELECT l.id AS line, l.key, s.zone, p.equipment, p.level, p.from_ts, p.to_ts
       FROM line l
       LEFT JOIN equipment s ON s.id = l.enterprise || '/' || l.site AND s.level = 'site'
      CROSS JOIN LATERAL line_places(l.id) p
      WHERE $1::text[] IS NULL OR l.id = ANY($1)
      ORDER BY l.id`,
    [lines ?? null],
  );
  return [...Map.groupBy(rows, ({ line }) => line)].map(([line, places]) => ({
    line,
    key: places[0]?.key ?? 0,
    zone: places[0]?.zone ?? defaultZone,
    belonged: places.map(({ equipment, level, from_ts, to_ts }) => ({
      equipment,
      level,
      fromMs: from_ts?.getTime() ?? -Infinity,
      toMs: to_ts?.getTime() ?? Infinity,
    })),
  }));
}
