import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import { lineStatesByRules, type LineRule, type UnitSpans } from "../domain/lines/line-rule.ts";
import { waitsByRules } from "../domain/lines/line-waits.ts";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { deriveStops, stopCodeWaitMs, type StopInputs } from "../domain/stops/deriveStops.ts";
import { modeSpans, outsideProduction } from "../domain/stops/device-codes.ts";
import { explanationsOfMachines, explanationsOfWaits } from "../domain/stops/explanations.ts";
import type { ReasonTree } from "../domain/stops/reason-tree.ts";
import { standstills } from "../domain/stops/standstills.ts";
import { readLineRules } from "./readLineRules.ts";
import { readReasonTree } from "./readReasonTree.ts";
import { readStopEdits, type KeptStopEdit } from "./readStopEdits.ts";
import { readStopSpans } from "./readStopSpans.ts";
import { readUnitCodes, type UnitCodes } from "./readUnitCodes.ts";
import type { Transaction } from "./statement.ts";

export interface StopWindow {
  /** Ids of lines and of units. */
  equipment: readonly string[];
  fromMs: number;
  toMs: number;
  /** As it was believed then; now if absent. */
  knownAtMs?: number | undefined;
}

/**
 * All that the stops of equipment in a window follow from (domain/stops/deriveStops), by its id: whole
 * stops, however far they reach beyond the window, and so perhaps others beside it. Equipment that is not
 * known has no inputs.
 */
export async function readStopInputs(
  db: Transaction,
  { equipment, ...window }: StopWindow,
): Promise<Map<string, StopInputs>> {
  const found = new Map<string, StopInputs>();
  const lines = new Set(equipment.map((id) => (id.includes(".") ? lineOfUnit(id) : id)));
  const reasons = await readReasonTree(db);
  for (const line of lines) {
    const read = await readLineTimes(db, line, window);
    const units = await unitInputs(db, read, reasons);
    for (const [id, inputs] of [...units, [line, lineInputs(read, units, reasons)] as const]) {
      if (equipment.includes(id)) found.set(id, inputs);
    }
  }
  return found;
}

type Window = Omit<StopWindow, "equipment">;

interface LineRead {
  line: string;
  rules: LineRule[];
  units: UnitSpans[];
  edits: KeptStopEdit[];
  /** From where the first stop of the window began to where the last one ended. */
  reach: Window;
}

/**
 * What a line's states and stops follow from. Joined stops and stops of a line in series may reach further than any of their parts:
 * it reads on until all are whole.
 */
export async function readLineTimes(
  db: Transaction,
  line: string,
  asked: Window,
): Promise<LineRead> {
  const rules = await readLineRules(db, line, 0, Infinity);
  const { rows } = await db.query<{ id: string; position: number; paces_line: boolean }>(
    "SELECT id, position, paces_line FROM unit WHERE line = $1 ORDER BY position, id",
    [line],
  );
  const ids = rows.map(({ id }) => id);
  for (let window = asked, reads = 1; ; reads += 1) {
    const spans = await readStopSpans(db, { units: ids, ...window });
    const units = rows.map(({ id, position, paces_line }) => ({
      id,
      position,
      pacesLine: paces_line,
      spans: spans.get(id) ?? [],
    }));
    const reach = reachOf(units, lineStatesByRules(units, rules), window);
    const lasting = lastingBefore(line, units, lineStatesByRules(units, rules), window.toMs);
    const said = await readStopEdits(db, {
      equipment: [line, ...ids],
      ...reach,
      ...(lasting.size > 0 && { toMs: endOfTimeMs }),
    });
    const edits = said.filter(
      ({ equipment, fromMs }) => fromMs <= reach.toMs || lasting.has(equipment),
    );
    const wider = widened(window, reach, edits);
    if (wider === undefined || reads === readsMax) return { line, rules, units, edits, reach };
    window = wider;
  }
}

const readsMax = 8;
const endOfTimeMs = Date.parse("9999-12-31T00:00:00Z");

/** What stands still until now, and has since before an instant: whatever is said later of it counts for all of it. */
function lastingBefore(
  line: string,
  units: readonly UnitSpans[],
  lineSpans: readonly StateSpan[],
  beforeMs: number,
): Set<string> {
  const lasts = (spans: readonly StateSpan[]): boolean =>
    standstills(spans).some(({ fromMs, toMs }) => toMs === null && fromMs < beforeMs);
  return new Set(
    [{ id: line, spans: lineSpans }, ...units]
      .filter(({ spans }) => lasts(spans))
      .map(({ id }) => id),
  );
}

function reachOf(
  units: readonly UnitSpans[],
  lineSpans: readonly StateSpan[],
  window: Window,
): Window {
  let { fromMs, toMs } = window;
  for (const spans of [lineSpans, ...units.map((unit) => unit.spans)]) {
    for (const still of standstills(spans)) {
      if (still.fromMs >= window.toMs || (still.toMs ?? Infinity) <= window.fromMs) continue;
      fromMs = Math.min(fromMs, still.fromMs);
      toMs = Math.max(toMs, still.toMs ?? toMs);
    }
  }
  return { ...window, fromMs, toMs };
}

function widened(
  window: Window,
  reach: Window,
  edits: readonly KeptStopEdit[],
): Window | undefined {
  let { fromMs, toMs } = reach;
  for (const edit of edits) {
    if (edit.kind !== "merge") continue;
    fromMs = Math.min(fromMs, edit.fromMs);
    toMs = Math.max(toMs, edit.toMs ?? toMs);
  }
  return fromMs < window.fromMs || toMs > window.toMs ? { ...window, fromMs, toMs } : undefined;
}

async function unitInputs(
  db: Transaction,
  read: LineRead,
  reasons: ReasonTree,
): Promise<Map<string, StopInputs>> {
  const waits = waitsByRules(read.units, read.rules);
  const codes = await readUnitCodes(db, {
    units: read.units.map(({ id }) => id),
    fromMs: read.reach.fromMs,
    toMs: read.reach.toMs + stopCodeWaitMs,
  });
  const codesOf = (unit: string, role: UnitCodes["role"]): UnitCodes[] =>
    codes.filter((one) => one.unit === unit && one.role === role);
  return new Map(
    read.units.map(({ id, spans }) => [
      id,
      {
        equipment: id,
        spans,
        thresholds: thresholdsOf(read.rules),
        stopCodes: codesOf(id, "stopCode")[0]?.changes ?? [],
        outsideProduction: codesOf(id, "machineMode").flatMap(({ changes, modes }) =>
          outsideProduction(modeSpans(changes, modes)),
        ),
        edits: read.edits.filter((edit) => edit.equipment === id),
        reasons,
        explanations: explanationsOfWaits(waits.filter(({ unit }) => unit === id)),
      },
    ]),
  );
}

function lineInputs(
  { line, rules, units, edits }: LineRead,
  inputs: ReadonlyMap<string, StopInputs>,
  reasons: ReasonTree,
): StopInputs {
  const machines = [...inputs.values()].map((of) => deriveStops(of));
  return {
    equipment: line,
    spans: lineStatesByRules(units, rules),
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
