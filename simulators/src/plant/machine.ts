import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import {
  countUntil,
  fraction,
  randomFor,
  skewedIn,
  wholeIn,
  type RandomState,
} from "../clock/random.ts";
import {
  dwellMsMin,
  never,
  stopCodes,
  type ChangeoverDesign,
  type LineDesign,
  type MachineDesign,
  type StepDesign,
} from "./design.ts";

/** One machine as it is now: plain data, so that a snapshot is a copy. Instants are plant time. */
export interface Machine {
  random: RandomState;
  state: PackmlState;
  stateSinceMs: number;
  stopCode: number;
  stopCodeSinceMs: number;
  /** When something happens in it by itself: a piece, or the end of a step. */
  nextAtMs: number;
  /** What it goes through now; absent while it produces or waits for its neighbours. */
  step: Step | null;
  /** What comes after that, up to production. */
  plan: Step[];
  /** A piece is in it. */
  busy: boolean;
  /** Since when it waits for its neighbours, in Execute. */
  waitingSinceMs: number;
  /** It has to be Stopped as soon as its state has lasted long enough: the plant is shut. */
  mustStop: boolean;
  /** Pieces to the next fault of each kind. */
  faultIn: number[];
  /** Pieces to the next changeover. */
  batchLeft: number;
  /** Changeovers so far. */
  batch: number;
  /** What is set up; follows `batch` in the middle of the changeover. */
  setUp: number;
  setUpAtMs: number;
  cycles: number;
  cyclesAtMs: number;
  good: Counter;
  scrap: Counter;
}

export interface Counter {
  /** Pieces since the plant is new: the truth. */
  total: number;
  /** What the PLC shows. */
  shown: number;
  changedAtMs: number;
}

export interface Step {
  state: PackmlState;
  stopCode: number;
  lastsMs: number;
  /** At its start the counters are reset and the next batch is set up. */
  resets?: boolean;
  /** It begins only when the next machine has stopped for the same changeover. */
  waitsForNext?: boolean;
}

export function newMachine(
  line: LineDesign,
  design: MachineDesign,
  seed: number,
  originMs: number,
): Machine {
  const random = randomFor(seed, `${line.id}.${design.id}`);
  const counter = (shown: number): Counter => ({ total: 0, shown, changedAtMs: originMs });
  return {
    random,
    state: "Stopped",
    stateSinceMs: originMs,
    stopCode: stopCodes.plantOff,
    stopCodeSinceMs: originMs,
    nextAtMs: never,
    step: null,
    plan: [],
    busy: false,
    waitingSinceMs: never,
    mustStop: false,
    faultIn: design.faults.map(({ firstAfterPieces }) => wholeIn(random, firstAfterPieces)),
    batchLeft: design.firstBatchPieces ? wholeIn(random, design.firstBatchPieces) : never,
    batch: 0,
    setUp: 0,
    setUpAtMs: originMs,
    cycles: 0,
    cyclesAtMs: originMs,
    good: counter(wholeIn(random, design.firstGoodCount)),
    scrap: counter(wholeIn(random, design.firstScrapCount)),
  };
}

/** When its state and its stop code may change again. */
export function mayChangeAtMs(machine: Machine): number {
  return Math.max(machine.stateSinceMs, machine.stopCodeSinceMs) + dwellMsMin;
}

export function cycleMs(machine: Machine, design: MachineDesign): number {
  return wholeIn(machine.random, design.cycleMs);
}

/** One cycle has ended. Answers the good pieces that came out. */
export function produce(machine: Machine, design: MachineDesign, nowMs: number): number {
  let good = 0;
  for (let piece = 0; piece < design.piecesPerCycle; piece += 1) {
    if (fraction(machine.random) >= design.scrapRate) good += 1;
  }
  const scrap = design.piecesPerCycle - good;
  machine.busy = false;
  machine.cycles += 1;
  machine.cyclesAtMs = nowMs;
  machine.batchLeft -= design.piecesPerCycle;
  for (let kind = 0; kind < machine.faultIn.length; kind += 1) {
    machine.faultIn[kind] = (machine.faultIn[kind] ?? never) - design.piecesPerCycle;
  }
  if (good > 0) count(machine.good, good, design.counterBits, nowMs);
  if (scrap > 0) count(machine.scrap, scrap, design.counterBits, nowMs);
  return good;
}

function count(counter: Counter, pieces: number, bits: 16 | 32, nowMs: number): void {
  counter.total += pieces;
  counter.shown = (counter.shown + pieces) % 2 ** bits;
  counter.changedAtMs = nowMs;
}

/** The steps of the fault that is due, drawing when it comes next; absent if none is. */
export function dueFault(machine: Machine, design: MachineDesign): Step[] | undefined {
  let kind = 0;
  while (kind < machine.faultIn.length && (machine.faultIn[kind] ?? never) > 0) kind += 1;
  const fault = design.faults[kind];
  if (fault === undefined) return undefined;
  machine.faultIn[kind] = countUntil(machine.random, fault.everyPieces);
  return drawSteps(machine, fault.steps);
}

export function drawSteps(machine: Machine, steps: readonly StepDesign[]): Step[] {
  return steps.map(({ state, stopCode, lastsMs }) => ({
    state,
    stopCode,
    lastsMs: skewedIn(machine.random, lastsMs),
  }));
}

export function drawChangeover(machine: Machine, changeover: ChangeoverDesign): Step[] {
  const stopped = { state: "Stopped", stopCode: stopCodes.changeover } as const;
  const [first, ...startup] = drawSteps(machine, changeover.startup);
  return [
    ...drawSteps(machine, changeover.before),
    { ...stopped, lastsMs: skewedIn(machine.random, changeover.stoppedBeforeMs) },
    { ...stopped, lastsMs: skewedIn(machine.random, changeover.stoppedAfterMs), resets: true },
    ...(first === undefined ? [] : [{ ...first, waitsForNext: true }]),
    ...startup,
  ];
}
