import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import { tallyColumnList, tallyOfRow } from "./kpiColumns.ts";
import { windowColumnList } from "./replaceKpiWindows.ts";
import type { Transaction } from "./statement.ts";

export interface WindowsOfLine {
  line: string;
  fromMs: number;
  toMs: number;
}

/** Windows of a line and its units that begin in a range, by equipment and beginning. */
export async function readKpiWindows(db: Transaction, of: WindowsOfLine): Promise<KpiWindow[]> {
  return await readRows(db, "kpi_window", of);
}

/** Deltas that were found in closed hours of a line; those of an hour may be several. */
export async function readKpiDeltas(db: Transaction, of: WindowsOfLine): Promise<KpiWindow[]> {
  return await readRows(db, "kpi_adjustment", of);
}

async function readRows(
  db: Transaction,
  table: "kpi_window" | "kpi_adjustment",
  { line, fromMs, toMs }: WindowsOfLine,
): Promise<KpiWindow[]> {
  const { rows } = await db.query<Record<string, unknown>>({
    name: `readRowsOf_${table}`,
    text: `SELECT ${windowColumnList.replace("business_date", "business_date::text")}, ${tallyColumnList}
             FROM ${table} WHERE line = $1 AND from_ts >= $2 AND from_ts < $3
            ORDER BY equipment, from_ts`,
    values: [line, new Date(fromMs), new Date(toMs)],
  });
  return rows.map(windowOfRow);
}

export function windowOfRow(row: Record<string, unknown>): KpiWindow {
  return {
    equipment: String(row["equipment"]),
    fromMs: msOf(row["from_ts"]),
    toMs: msOf(row["to_ts"]),
    shift: textOf(row["shift"]),
    businessDate: textOf(row["business_date"]),
    crew: textOf(row["crew"]),
    job: textOf(row["job"]),
    order: textOf(row["production_order"]),
    product: textOf(row["product"]),
    tally: tallyOfRow(row),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function msOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Number.NaN;
}
