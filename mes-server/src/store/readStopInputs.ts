import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { LineRule } from "../domain/lines/line-rule.ts";
import { waitsByRules, type Wait } from "../domain/lines/line-waits.ts";
import { deriveStops, type StopInputs } from "../domain/stops/deriveStops.ts";
import { modeSpans, outsideProduction } from "../domain/stops/device-codes.ts";
import {
  explanationSlackMs,
  explanationsOfMachines,
  explanationsOfWaits,
} from "../domain/stops/explanations.ts";
import type { ReasonTree } from "../domain/stops/reason-tree.ts";
import { standstills } from "../domain/stops/standstills.ts";
import { readLineTimes, type LineTimes, type TimeWindow } from "./readLineTimes.ts";
import { readReasonTree } from "./readReasonTree.ts";
import { readStatesAt } from "./readStatesAt.ts";
import { readUnitCodes, type UnitCodes } from "./readUnitCodes.ts";
import type { Transaction } from "./statement.ts";

export interface StopWindow extends TimeWindow {
  /** Ids of lines and of units. */
  equipment: readonly string[];
}

/**
 * All that the stops of equipment in a window follow from (domain/stops/deriveStops), by its id: whole
 * stops, however far they reach beyond the window. What is derived beside the window is not to be used: not
 * all of it was read. Equipment that is not known has no inputs.
 */
export async function readStopInputs(
  db: Transaction,
  { equipment, ...window }: StopWindow,
): Promise<Map<string, StopInputs>> {
  const found = new Map<string, StopInputs>();
  const lines = new Set(equipment.map((id) => (id.includes(".") ? lineOfUnit(id) : id)));
  const reasons = await readReasonTree(db);
  for (const line of lines) {
    const times = await readLineTimes(db, line, window);
    const units = await unitInputs(db, times, { reasons, knownAtMs: window.knownAtMs });
    for (const [id, inputs] of [...units, [line, lineInputs(times, units, reasons)] as const]) {
      if (equipment.includes(id)) found.set(id, inputs);
    }
  }
  return found;
}

async function unitInputs(
  db: Transaction,
  times: LineTimes,
  { reasons, knownAtMs }: { reasons: ReasonTree; knownAtMs: number | undefined },
): Promise<Map<string, StopInputs>> {
  const { units, rules, edits, reach } = times;
  const waits = Map.groupBy(await readWaits(db, times, knownAtMs), ({ unit }) => unit);
  const codes = await readUnitCodes(
    db,
    units.flatMap(({ id }) => reach.get(id) ?? []),
  );
  const codesOf = (unit: string, role: UnitCodes["role"]): UnitCodes[] =>
    codes.filter((one) => one.unit === unit && one.role === role);
  return new Map(
    units.map(({ id, spans }) => [
      id,
      {
        equipment: id,
        spans,
        thresholds: thresholdsOf(rules),
        stopCodes: codesOf(id, "stopCode")[0]?.changes ?? [],
        outsideProduction: codesOf(id, "machineMode").flatMap(({ changes, modes }) =>
          outsideProduction(modeSpans(changes, modes)),
        ),
        edits: edits.filter((edit) => edit.equipment === id),
        reasons,
        explanations: explanationsOfWaits(waits.get(id) ?? []),
      },
    ]),
  );
}

/**
 * A stop that began long ago is explained by what its neighbours did then: of that time only that instant is
 * read, not all that has been since.
 */
async function readWaits(
  db: Transaction,
  { units, rules, coveredFromMs, reach }: LineTimes,
  knownAtMs: number | undefined,
): Promise<Wait[]> {
  const covered = waitsByRules(units, rules)
    .filter(({ toMs }) => toMs === null || toMs > coveredFromMs)
    .map((wait) => ({ ...wait, fromMs: Math.max(wait.fromMs, coveredFromMs) }));
  const instants = new Set<number>();
  for (const { id, spans } of units) {
    const { fromMs = Infinity } = reach.get(id) ?? {};
    for (const still of standstills(spans)) {
      if (still.fromMs >= fromMs && still.fromMs < coveredFromMs) instants.add(still.fromMs);
    }
  }
  const rows = await readStatesAt(db, {
    units: units.map(({ id }) => id),
    instantsMs: [...instants],
    slackMs: explanationSlackMs,
    knownAtMs,
  });
  const byUnit = Map.groupBy(rows, ({ unit }) => unit);
  const then = units.map((unit) => ({ ...unit, spans: byUnit.get(unit.id) ?? [] }));
  const before = [...instants].flatMap((atMs) => {
    const rule = { fromMs: atMs, toMs: atMs + explanationSlackMs + 1 };
    const of = rules.findLast(({ fromMs }) => fromMs <= atMs);
    return of === undefined ? [] : waitsByRules(then, [{ ...of, ...rule }]);
  });
  return [...before, ...covered].sort((a, b) => a.fromMs - b.fromMs);
}

function lineInputs(
  { line, rules, units, lineSpans, edits }: LineTimes,
  inputs: ReadonlyMap<string, StopInputs>,
  reasons: ReasonTree,
): StopInputs {
  const machines = [...inputs.values()].map((of) => deriveStops(of));
  return {
    equipment: line,
    spans: lineSpans,
    thresholds: thresholdsOf(rules),
    stopCodes: [],
    edits: edits.filter(({ equipment }) => equipment === line),
    reasons,
    explanations: explanationsOfMachines(machines, units, rules),
  };
}

function thresholdsOf(rules: readonly LineRule[]): StopInputs["thresholds"] {
  return rules.map(({ fromMs, microstopMs }) => ({ fromMs, thresholdMs: microstopMs }));
}
