import type { Grouping, TallyFilter, TallyGroup } from "../domain/kpi/grouping.ts";
import { tallyOfRow, tallySums } from "./kpiColumns.ts";
import type { Transaction } from "./statement.ts";

export interface WindowsToSum {
  equipment: readonly string[];
  /** Windows that lie in this range as a whole. */
  fromMs: number;
  toMs: number;
  /** Hours that are left out. */
  exceptHoursMs: readonly number[];
  filter: TallyFilter;
  by: Grouping | undefined;
}

/** Sums of windows, one for each key that occurs. */
export async function sumKpiWindows(db: Transaction, of: WindowsToSum): Promise<TallyGroup[]> {
  return await sumRows(db, "kpi_window", of);
}

/** Sums of what would be different in closed hours. */
export async function sumKpiAdjustments(db: Transaction, of: WindowsToSum): Promise<TallyGroup[]> {
  return await sumRows(db, "kpi_adjustment", of);
}

const columnOf: Record<keyof TallyFilter, string> = {
  shift: "shift",
  crew: "crew",
  job: "job",
  order: "production_order",
  product: "product",
};

const keyOf: Record<Grouping, string> = {
  hour: `to_char(date_trunc('hour', from_ts), 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"')`,
  day: "business_date::text",
  equipment: "equipment",
  shift: "shift",
  job: "job",
  order: "production_order",
  product: "product",
};

async function sumRows(
  db: Transaction,
  table: "kpi_window" | "kpi_adjustment",
  { equipment, fromMs, toMs, exceptHoursMs, filter, by }: WindowsToSum,
): Promise<TallyGroup[]> {
  const values: unknown[] = [equipment, new Date(fromMs), new Date(toMs)];
  const conditions = ["equipment = ANY($1)", "from_ts >= $2", "from_ts < $3", "to_ts <= $3"];
  if (exceptHoursMs.length > 0) {
    values.push(exceptHoursMs.map((atMs) => new Date(atMs)));
    conditions.push(`date_trunc('hour', from_ts) <> ALL($${values.length}::timestamptz[])`);
  }
  for (const [name, column] of Object.entries(columnOf)) {
    const wanted = filter[name as keyof TallyFilter];
    if (wanted === undefined) continue;
    values.push(wanted);
    conditions.push(`${column} = $${values.length}`);
  }
  const { rows } = await db.query<Record<string, unknown> & { key: string | null }>(
    `SELECT ${by === undefined ? "NULL::text" : keyOf[by]} AS key,
            min(from_ts) AS from_ts, max(to_ts) AS to_ts, ${tallySums}
       FROM ${table}
      WHERE ${conditions.join(" AND ")}
      GROUP BY 1`,
    values,
  );
  return rows.flatMap((row) => {
    const { from_ts: first, to_ts: last } = row;
    if (!(first instanceof Date) || !(last instanceof Date)) return [];
    const range = { fromMs: first.getTime(), toMs: last.getTime() };
    return [{ key: row.key, ...range, tally: tallyOfRow(row) }];
  });
}
