import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import { tallyColumnList } from "./kpiColumns.ts";
import {
  columnsOfWindows,
  tallyParameters,
  windowColumnCount,
  windowColumnList,
  windowParameters,
} from "./replaceKpiWindows.ts";
import type { Transaction } from "./statement.ts";

/** `lateFacts`: a closed period would be different now. `reopened`: taken back, as its windows are made anew. */
export type AdjustmentCause = "lateFacts" | "reopened";

export async function insertKpiAdjustments(
  tx: Transaction,
  of: { line: string; cause: AdjustmentCause; knownAtMs: number; deltas: readonly KpiWindow[] },
): Promise<void> {
  if (of.deltas.length === 0) return;
  await tx.query({
    name: "insertKpiAdjustments",
    text: `INSERT INTO kpi_adjustment (line, cause, known_at, ${windowColumnList}, ${tallyColumnList})
           SELECT $1, $2, $3, * FROM unnest(${windowParameters(4)}, ${tallyParameters(4 + windowColumnCount)})`,
    values: [of.line, of.cause, new Date(of.knownAtMs), ...columnsOfWindows(of.deltas)],
  });
}
