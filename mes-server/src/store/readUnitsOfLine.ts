import type { UnitOfKpi } from "../domain/kpi/ideal-cycle.ts";
import type { Transaction } from "./statement.ts";

/** In the order of the flow. */
export async function readUnitsOfLine(db: Transaction, line: string): Promise<UnitOfKpi[]> {
  const { rows } = await db.query<{
    id: string;
    position: number;
    paces_line: boolean;
    output_of_line: boolean;
    ideal_rate_per_minute: number | null;
  }>({
    name: "readUnitsOfLine",
    text: `SELECT id, position, paces_line, output_of_line, ideal_rate_per_minute
             FROM unit WHERE line = $1 ORDER BY position, id`,
    values: [line],
  });
  return rows.map((row) => ({
    id: row.id,
    position: row.position,
    pacesLine: row.paces_line,
    outputOfLine: row.output_of_line,
    idealRatePerMinute: row.ideal_rate_per_minute ?? undefined,
  }));
}
