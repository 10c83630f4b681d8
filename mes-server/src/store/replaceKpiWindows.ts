import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import { tallyColumnList, tallyColumns, valuesOfTally } from "./kpiColumns.ts";
import type { Transaction } from "./statement.ts";

/** Puts the windows of hours of a line in the place of those that were there. */
export async function replaceKpiWindows(
  tx: Transaction,
  of: { line: string; hoursMs: readonly number[]; windows: readonly KpiWindow[] },
): Promise<void> {
  if (of.hoursMs.length === 0) return;
  await tx.query({
    name: "deleteKpiWindows",
    text: `DELETE FROM kpi_window w USING unnest($2::timestamptz[]) AS h(hour)
            WHERE w.line = $1 AND w.from_ts >= h.hour AND w.from_ts < h.hour + INTERVAL '1 hour'`,
    values: [of.line, of.hoursMs.map((atMs) => new Date(atMs))],
  });
  await tx.query({
    name: "insertKpiWindows",
    text: `INSERT INTO kpi_window (line, ${windowColumnList}, ${tallyColumnList})
           SELECT $1, * FROM unnest(${windowParameters(2)}, ${tallyParameters(2 + windowColumnCount)})`,
    values: [of.line, ...columnsOfWindows(of.windows)],
  });
}

export const windowColumnList =
  "equipment, from_ts, to_ts, shift, business_date, crew, job, production_order, product";

const windowTypes = [
  "text",
  "timestamptz",
  "timestamptz",
  "text",
  "date",
  "text",
  "text",
  "text",
  "text",
];
export const windowColumnCount = windowTypes.length;

export function windowParameters(first: number): string {
  return windowTypes.map((type, index) => `$${first + index}::${type}[]`).join(", ");
}

export function tallyParameters(first: number): string {
  return tallyColumns.map((_column, index) => `$${first + index}::bigint[]`).join(", ");
}

export function columnsOfWindows(windows: readonly KpiWindow[]): unknown[][] {
  const values = windows.map(({ tally }) => valuesOfTally(tally));
  return [
    windows.map(({ equipment }) => equipment),
    windows.map(({ fromMs }) => new Date(fromMs)),
    windows.map(({ toMs }) => new Date(toMs)),
    windows.map(({ shift }) => shift ?? null),
    windows.map(({ businessDate }) => businessDate ?? null),
    windows.map(({ crew }) => crew ?? null),
    windows.map(({ job }) => job ?? null),
    windows.map(({ order }) => order ?? null),
    windows.map(({ product }) => product ?? null),
    ...tallyColumns.map((_column, index) => values.map((row) => row[index])),
  ];
}
