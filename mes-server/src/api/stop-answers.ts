import type { StopEditItem, StopItem } from "@only-mes/protocols/console/stops";
import { deriveStops, type StopInputs } from "../domain/stops/deriveStops.ts";
import { reasonAt, type ReasonTree } from "../domain/stops/reason-tree.ts";
import { standstillMs, type Stop } from "../domain/stops/stop.ts";
import { editsInForce, type StopEdit } from "../domain/stops/stop-edit.ts";
import type { KeptStopEdit } from "../store/readStopEdits.ts";
import type { CsvTable } from "./csv.ts";
import { isoOf } from "./window.ts";

/** The stops of one equipment that lie in a range or reach into it, in order of time. */
export function stopsIn(
  inputs: StopInputs | undefined,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Stop[] {
  if (inputs === undefined) return [];
  return deriveStops(inputs).filter(
    (stop) => stop.fromMs < toMs && (stop.toMs === null || stop.toMs > fromMs),
  );
}

export function stopAnswer(stop: Stop, inputs: StopInputs, nowMs: number): StopItem {
  return {
    id: stop.id,
    equipment: stop.equipment,
    from: isoOf(stop.fromMs),
    to: isoOrNull(stop.toMs),
    durationMs: standstillMs(stop, stop.fromMs, Math.max(nowMs, stop.toMs ?? 0)),
    parts: stop.parts.map(({ fromMs, toMs }) => ({ from: isoOf(fromMs), to: isoOrNull(toMs) })),
    state: stop.state,
    isMicrostop: stop.isMicrostop,
    reason: namedReason(stop, inputs.reasons),
    reasonFrom: stop.reasonFrom ?? null,
    lossClass: stop.lossClass,
    version: versionOf(stop, inputs.edits),
  };
}

function namedReason({ reason, fromMs }: Stop, tree: ReasonTree): StopItem["reason"] {
  if (reason === undefined) return null;
  return { code: reason, name: reasonAt(tree, reason, fromMs)?.name ?? reason };
}

/** Edits are only added: so their number says whether there is one that the asker has not seen. */
export function versionOf(stop: Stop, edits: readonly StopEdit[]): number {
  return edits.filter(
    (edit) =>
      edit.equipment === stop.equipment &&
      edit.fromMs < (stop.toMs ?? Infinity) &&
      (edit.toMs ?? Infinity) >= stop.fromMs,
  ).length;
}

export function editAnswer(edit: KeptStopEdit, chain: readonly KeptStopEdit[]): StopEditItem {
  return {
    id: edit.id,
    equipment: edit.equipment,
    kind: edit.kind,
    from: isoOf(edit.fromMs),
    to: isoOrNull(edit.toMs),
    reason: edit.reason ?? null,
    undoes: edit.undoes ?? null,
    isInForce: isInForce(edit, chain),
    note: edit.note,
    actor: edit.actor,
    occurredAt: isoOf(edit.occurredAtMs),
    knownAt: isoOf(edit.knownAtMs),
  };
}

/** Of an undo: nothing has undone it. `chain` has all that undoes the edit. */
export function isInForce(edit: StopEdit, chain: readonly StopEdit[]): boolean {
  const asReason: StopEdit[] = chain.map((one) =>
    one.id === edit.id ? { ...one, kind: "reason", undoes: undefined } : one,
  );
  return editsInForce(asReason).some(({ id }) => id === edit.id);
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}

export const stopsTable: CsvTable<StopItem> = {
  name: "stops",
  columns: {
    equipment: (stop) => stop.equipment,
    from: (stop) => stop.from,
    to: (stop) => stop.to,
    duration_s: (stop) => stop.durationMs / 1000,
    microstop: (stop) => stop.isMicrostop,
    state: (stop) => stop.state,
    reason: (stop) => stop.reason?.code,
    reason_name: (stop) => stop.reason?.name,
    reason_from: (stop) => stop.reasonFrom,
    loss_class: (stop) => stop.lossClass,
    parts: (stop) => stop.parts.length,
    id: (stop) => stop.id,
  },
};
