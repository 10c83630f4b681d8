import type { HourEdges } from "./readKpiHours.ts";
import type { Transaction } from "./statement.ts";

export async function putKpiHours(
  tx: Transaction,
  line: string,
  hours: readonly HourEdges[],
): Promise<void> {
  if (hours.length === 0) return;
  await tx.query({
    name: "putKpiHours",
    text: `INSERT INTO kpi_hour (line, hour, edge_from, edge_to)
           SELECT $1, * FROM unnest($2::timestamptz[], $3::text[], $4::text[])
           ON CONFLICT (line, hour) DO UPDATE
             SET edge_from = excluded.edge_from, edge_to = excluded.edge_to`,
    values: [
      line,
      hours.map(({ hourMs }) => new Date(hourMs)),
      hours.map(({ edgeFrom }) => edgeFrom),
      hours.map(({ edgeTo }) => edgeTo),
    ],
  });
}
