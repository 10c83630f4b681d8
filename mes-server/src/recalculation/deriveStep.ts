import { adjustmentsOf, reversalOf } from "../domain/kpi/adjustments.ts";
import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import { edgeAt } from "../domain/kpi/edges.ts";
import { windowsOfLine } from "../domain/kpi/line-windows.ts";
import { hourFloor, hourMs } from "../domain/kpi/segments.ts";
import type { HourEdges } from "../store/readKpiHours.ts";
import type { StepInput } from "./readStep.ts";

/** What the hours of a step come to, held against what is stored of them. */
export interface StepResult {
  /** Hours whose windows are replaced by `windows`. */
  replacedHoursMs: number[];
  windows: KpiWindow[];
  hours: HourEdges[];
  /** Closed hours that would be different now. */
  adjustments: KpiWindow[];
  /** Adjustments of hours that are open again, taken back. */
  reversals: KpiWindow[];
  /** Hours beside the step that see a stop otherwise. */
  neighboursMs: number[];
  /** Hours whose figures had been told before and are others now. */
  changedHoursMs: number[];
}

/** Pure. */
export function deriveStep(input: StepInput): StepResult {
  const { range, facts, segments, counted, lockedToMs } = input;
  const result: StepResult = {
    replacedHoursMs: [],
    windows: [],
    hours: [],
    adjustments: [],
    reversals: [],
    neighboursMs: [],
    changedHoursMs: [],
  };
  const derived = byHour(windowsOfLine(facts, segments, counted));
  const stored = byHour(input.stored);
  const deltas = byHour(input.deltas);
  const known = new Map(input.storedHours.map((hour) => [hour.hourMs, hour]));
  for (let hour = range.fromMs; hour < range.toMs; hour += hourMs) {
    const now = derived.get(hour) ?? [];
    const before = stored.get(hour) ?? [];
    const added = deltas.get(hour) ?? [];
    const isTold = known.has(hour);
    if (isTold && hour + hourMs <= lockedToMs) {
      const adjustments = adjustmentsOf(now, [...before, ...added]);
      result.adjustments.push(...adjustments);
      if (adjustments.length > 0) result.changedHoursMs.push(hour);
    } else {
      result.reversals.push(...reversalOf(added));
      if (textOf(now) !== textOf(before)) {
        result.replacedHoursMs.push(hour);
        result.windows.push(...now);
        if (isTold) result.changedHoursMs.push(hour);
      }
    }
    result.hours.push({
      hourMs: hour,
      edgeFrom: edgeAt(hour, facts.stops),
      edgeTo: edgeAt(hour + hourMs, facts.stops),
    });
  }
  result.neighboursMs = disagreeingNeighbours(result.hours, known);
  return result;
}

/** Only an hour whose own edge is new or has changed calls for its neighbour: so it comes to an end. */
function disagreeingNeighbours(
  hours: readonly HourEdges[],
  known: ReadonlyMap<number, HourEdges>,
): number[] {
  const neighbours: number[] = [];
  const first = hours[0];
  const last = hours.at(-1);
  if (first !== undefined && known.get(first.hourMs)?.edgeFrom !== first.edgeFrom) {
    const before = known.get(first.hourMs - hourMs);
    if (before !== undefined && before.edgeTo !== first.edgeFrom) neighbours.push(before.hourMs);
  }
  if (last !== undefined && known.get(last.hourMs)?.edgeTo !== last.edgeTo) {
    const after = known.get(last.hourMs + hourMs);
    if (after !== undefined && after.edgeFrom !== last.edgeTo) neighbours.push(after.hourMs);
  }
  return neighbours;
}

function byHour(windows: readonly KpiWindow[]): Map<number, KpiWindow[]> {
  return Map.groupBy(windows, ({ fromMs }) => hourFloor(fromMs));
}

function textOf(windows: readonly KpiWindow[]): string {
  const sorted = windows.toSorted((a, b) =>
    a.equipment === b.equipment ? a.fromMs - b.fromMs : a.equipment < b.equipment ? -1 : 1,
  );
  return JSON.stringify(
    sorted.map((window) => [
      window.equipment,
      window.fromMs,
      window.toMs,
      window.shift,
      window.businessDate,
      window.crew,
      window.job,
      window.order,
      window.product,
      window.tally,
    ]),
  );
}
