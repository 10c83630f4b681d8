import type { Transaction } from "./statement.ts";

/** By which stops an hour of a line begins and ends: its neighbours have to say the same. */
export interface HourEdges {
  hourMs: number;
  edgeFrom: string;
  edgeTo: string;
}

/** Hours of a line that have been derived and begin in a range. */
export async function readKpiHours(
  db: Transaction,
  of: { line: string; fromMs: number; toMs: number },
): Promise<HourEdges[]> {
  const { rows } = await db.query<{ hour: Date; edge_from: string; edge_to: string }>({
    name: "readKpiHours",
    text: `SELECT hour, edge_from, edge_to FROM kpi_hour
            WHERE line = $1 AND hour >= $2 AND hour < $3 ORDER BY hour`,
    values: [of.line, new Date(of.fromMs), new Date(of.toMs)],
  });
  return rows.map(({ hour, edge_from, edge_to }) => ({
    hourMs: hour.getTime(),
    edgeFrom: edge_from,
    edgeTo: edge_to,
  }));
}
