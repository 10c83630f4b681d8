import type { PoolClient } from "pg";
import type { UnitOfKpi } from "../domain/kpi/ideal-cycle.ts";
import type { LineFacts } from "../domain/kpi/line-windows.ts";
import type { TimeRange } from "../domain/kpi/segments.ts";
import { deriveStops } from "../domain/stops/deriveStops.ts";
import { readCycleStandards } from "../store/readCycleStandards.ts";
import { readDeclaredCounts } from "../store/readDeclaredCounts.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readPlannedDowntimes } from "../store/readPlannedDowntimes.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { readStopInputs } from "../store/readStopInputs.ts";

/** All that the windows of a line follow from, pieces apart; to be read in one snapshot. */
export async function readLineFacts(
  tx: PoolClient,
  { line, units, range }: { line: string; units: readonly UnitOfKpi[]; range: TimeRange },
): Promise<LineFacts> {
  const of = { line, ...range };
  const equipment = [line, ...units.map(({ id }) => id)];
  const inputs = [...(await readStopInputs(tx, { equipment, ...range }))];
  return {
    line,
    units,
    range,
    shifts: await readShiftInstances(tx, of),
    plannedDowntimes: await readPlannedDowntimes(tx, of),
    jobs: await readJobIntervals(tx, of),
    standards: await readCycleStandards(tx, of),
    declared: await readDeclaredCounts(tx, of),
    states: new Map(inputs.map(([id, { spans }]) => [id, spans])),
    stops: new Map(inputs.map(([id, of]) => [id, deriveStops(of)])),
  };
}
