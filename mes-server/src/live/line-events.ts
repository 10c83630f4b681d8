import type { LineEvent } from "@only-mes/protocols/console/live";
import type { CountChange, RecalculatedWindow, StateChange } from "../commit/committed.ts";
import type { OddCount } from "../store/readOddCounts.ts";

interface NamedUnit {
  id: string;
  definition: { name: string };
}

/** Events have ids that follow from what they tell: the same event is never shown twice. */
export function eventOfState(unit: NamedUnit, change: StateChange): LineEvent {
  return {
    id: `state:${unit.id}:${change.fromMs}`,
    kind: "state",
    unit: unit.id,
    atMs: change.fromMs,
    text: `${unit.definition.name}: ${change.state}`,
  };
}

type OddKind = OddCount["kind"];

const kindOfOddCount: Record<OddKind, LineEvent["kind"]> = {
  rollover: "counterRollover",
  reset: "counterReset",
  quarantined: "quarantined",
};

const wordsOfOddCount: Record<OddKind, string> = {
  rollover: "rolled over",
  reset: "was reset",
  quarantined: "made an implausible step, which is kept and not counted",
};

const counterNames: Record<CountChange["role"], string> = {
  goodCount: "good counter",
  scrapCount: "scrap counter",
  reworkCount: "rework counter",
};

export function eventOfCount(
  unit: NamedUnit,
  count: Pick<CountChange, "role" | "kind" | "atMs">,
): LineEvent {
  const kind = count.kind === "step" ? "rollover" : count.kind;
  const counter = counterNames[count.role];
  return {
    id: `${kind}:${unit.id}:${count.role}:${count.atMs}`,
    kind: kindOfOddCount[kind],
    unit: unit.id,
    atMs: count.atMs,
    text: `${unit.definition.name}: the ${counter} ${wordsOfOddCount[kind]}`,
  };
}

export function eventOfRecalculation(unit: NamedUnit, window: RecalculatedWindow): LineEvent {
  const from = new Date(window.fromMs).toISOString();
  const to = new Date(window.toMs).toISOString();
  return {
    id: `recalculated:${unit.id}:${window.fromMs}:${window.toMs}`,
    kind: "recalculated",
    unit: unit.id,
    atMs: window.toMs,
    text: `${unit.definition.name}: ${from} to ${to} was calculated again from late samples`,
  };
}
