import type { Transaction } from "./statement.ts";

/** Those of the instants that lie within a window of the equipment: the windows have to be cut there. */
export async function readCutWindows(
  db: Transaction,
  equipment: readonly string[],
  instantsMs: readonly number[],
): Promise<number[]> {
  const { rows } = await db.query<{ at: Date }>({
    name: "readCutWindows",
    text: `SELECT DISTINCT a.at
             FROM unnest($2::timestamptz[]) AS a(at)
             JOIN kpi_window w ON w.equipment = ANY($1)
              AND w.from_ts < a.at AND w.to_ts > a.at AND w.from_ts > a.at - INTERVAL '1 hour'`,
    values: [equipment, instantsMs.map((atMs) => new Date(atMs))],
  });
  return rows.map(({ at }) => at.getTime());
}
