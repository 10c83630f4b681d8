import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import { tallyColumnList } from "./kpiColumns.ts";
import { windowOfRow } from "./readKpiWindows.ts";
import { windowColumnList } from "./replaceKpiWindows.ts";
import type { AdjustmentCause } from "./insertKpiAdjustments.ts";
import type { Transaction } from "./statement.ts";

export interface ListedAdjustment extends KpiWindow {
  id: string;
  knownAtMs: number;
  cause: AdjustmentCause;
  line: string;
}

/** Adjustments of hours in a range, the newest first. */
export async function readAdjustmentList(
  db: Transaction,
  of: {
    equipment: string | undefined;
    fromMs: number;
    toMs: number;
    beforeId: string | undefined;
    limit: number;
  },
): Promise<ListedAdjustment[]> {
  const { rows } = await db.query<
    Record<string, unknown> & { id: string; known_at: Date; cause: AdjustmentCause; line: string }
  >(
    `SELECT id, known_at, cause, line, ${windowColumnList.replace("business_date", "business_date::text")},
            ${tallyColumnList}
       FROM kpi_adjustment
      WHERE ($1::text IS NULL OR equipment = $1 OR line = $1) AND from_ts >= $2 AND from_ts < $3
        AND ($4::bigint IS NULL OR id < $4)
      ORDER BY id DESC LIMIT $5`,
    [of.equipment ?? null, new Date(of.fromMs), new Date(of.toMs), of.beforeId ?? null, of.limit],
  );
  return rows.map((row) => ({
    ...windowOfRow(row),
    id: row.id,
    knownAtMs: row.known_at.getTime(),
    cause: row.cause,
    line: row.line,
  }));
}
