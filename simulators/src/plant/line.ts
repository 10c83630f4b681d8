import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import { wholeIn } from "../clock/random.ts";
import {
  dwellMsMin,
  never,
  stopCodes,
  suspendAfterMs,
  type LineDesign,
  type MachineDesign,
} from "./design.ts";
import {
  cycleMs,
  drawChangeover,
  drawSteps,
  dueFault,
  mayChangeAtMs,
  newMachine,
  produce,
  type Machine,
  type Step,
} from "./machine.ts";

/** Told of what happens, in the order of time within a line. */
export interface LineObserver {
  /** The state or the stop code of the machine has changed. */
  stateChanged?(line: LineDesign, design: MachineDesign, machine: Machine, atMs: number): void;
  counterReset?(
    line: LineDesign,
    design: MachineDesign,
    signal: "goodCount" | "scrapCount",
    atMs: number,
  ): void;
  pieces?(line: LineDesign, design: MachineDesign, good: number, scrap: number, atMs: number): void;
}

/** All of a line that a snapshot must hold. */
export interface LineState {
  machines: Machine[];
  /** Pieces between machine n and n + 1. */
  buffers: number[];
  shut: boolean;
  /** When a plant that is shut opens; {@link never} if that is not known yet. */
  openAtMs: number;
}

/**
 * A line, run by its events: each machine has one next event, the earliest of all happens next.
 * Nothing depends on how far a single call advances, so any steps make the same history.
 */
export class Line {
  readonly design: LineDesign;
  readonly state: LineState;
  readonly #observer: LineObserver;

  constructor(design: LineDesign, state: LineState, observer: LineObserver) {
    this.design = design;
    this.state = state;
    this.#observer = observer;
  }

  /** Everything up to and including `untilMs`. */
  advance(untilMs: number): void {
    const { machines } = this.state;
    for (;;) {
      let earliest = 0;
      let nowMs = never;
      for (let index = 0; index < machines.length; index += 1) {
        const atMs = (machines[index] as Machine).nextAtMs;
        if (atMs < nowMs) {
          nowMs = atMs;
          earliest = index;
        }
      }
      if (nowMs > untilMs || nowMs === never) return;
      this.#act(earliest, nowMs);
    }
  }

  /** No piece is made from here on; each machine is Stopped as soon as its state may change. */
  shut(atMs: number): void {
    this.state.shut = true;
    this.state.openAtMs = never;
    for (const machine of this.state.machines) {
      const isOff = machine.state === "Stopped" && machine.stopCode === stopCodes.plantOff;
      machine.mustStop = !isOff;
      machine.nextAtMs = isOff ? never : Math.max(atMs, mayChangeAtMs(machine));
    }
  }

  open(atMs: number): void {
    this.state.shut = false;
    this.state.openAtMs = atMs;
    for (const machine of this.state.machines) {
      if (!machine.mustStop) machine.nextAtMs = Math.max(atMs, mayChangeAtMs(machine));
    }
  }

  /** Shut, and every machine has come to its stop. */
  atRest(): boolean {
    return this.state.shut && this.state.machines.every(({ mustStop }) => !mustStop);
  }

  #act(index: number, nowMs: number): void {
    const { machine } = this.#at(index);
    if (machine.mustStop) return this.#switchOff(index, nowMs);
    if (machine.step !== null || machine.state === "Stopped") return this.#nextStep(index, nowMs);
    if (machine.state === "Suspended") return this.#resume(index, nowMs);
    return machine.busy ? this.#complete(index, nowMs) : this.#begin(index, nowMs);
  }

  #switchOff(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    // What it was in the middle of, it begins anew when the plant opens: a repair, a changeover.
    if (machine.step !== null) machine.plan.unshift(machine.step);
    else machine.plan = drawSteps(machine, design.startup);
    machine.step = null;
    machine.waitingSinceMs = never;
    machine.mustStop = false;
    this.#setState(index, "Stopped", stopCodes.plantOff, nowMs);
    const { openAtMs } = this.state;
    machine.nextAtMs = openAtMs === never ? never : Math.max(openAtMs, nowMs + dwellMsMin);
  }

  #nextStep(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    if (machine.step === null && machine.plan.length === 0) {
      machine.plan = drawSteps(machine, design.startup);
    }
    const next = machine.plan[0];
    if (next === undefined) return this.#execute(index, nowMs);
    if (next.waitsForNext === true && this.#isAheadOfNext(index)) {
      machine.nextAtMs = never;
      return;
    }
    machine.plan.shift();
    this.#enter(index, next, nowMs);
  }

  #enter(index: number, step: Step, nowMs: number): void {
    const { machine } = this.#at(index);
    machine.step = step;
    machine.waitingSinceMs = never;
    this.#setState(index, step.state, step.stopCode, nowMs);
    if (step.resets === true) this.#setUp(index, nowMs);
    machine.nextAtMs = nowMs + step.lastsMs;
  }

  #execute(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    machine.step = null;
    machine.waitingSinceMs = never;
    this.#setState(index, "Execute", stopCodes.none, nowMs);
    if (machine.busy) machine.nextAtMs = nowMs + cycleMs(machine, design);
    else this.#begin(index, nowMs);
  }

  /** Takes a piece in, if there is one and room for it behind; else waits, then is Suspended. */
  #begin(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    const starved = this.#waiting(index) < 1;
    if (!starved && this.#space(index) >= 1) {
      this.#take(index, nowMs);
      machine.busy = true;
      machine.waitingSinceMs = never;
      machine.nextAtMs = nowMs + cycleMs(machine, design);
      return;
    }
    if (machine.waitingSinceMs === never) machine.waitingSinceMs = nowMs;
    const drained = this.#isDrained(index);
    const patientMs = drained ? 0 : machine.waitingSinceMs + suspendAfterMs;
    const changeAtMs = Math.max(mayChangeAtMs(machine), patientMs);
    if (nowMs < changeAtMs) machine.nextAtMs = changeAtMs;
    else if (drained) this.#changeOver(index, nowMs);
    else this.#suspend(index, starved ? stopCodes.starved : stopCodes.blocked, nowMs);
  }

  #complete(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    const good = produce(machine, design, nowMs);
    this.#observer.pieces?.(this.design, design, good, design.piecesPerCycle - good, nowMs);
    if (good > 0 && this.#hasBufferAfter(index)) {
      this.state.buffers[index] = (this.state.buffers[index] ?? 0) + good;
      this.#wake(index + 1, nowMs);
    }
    if (nowMs < mayChangeAtMs(machine)) return this.#begin(index, nowMs);
    if (machine.batchLeft <= 0) return this.#changeOver(index, nowMs);
    const fault = dueFault(machine, design);
    if (fault === undefined) return this.#begin(index, nowMs);
    machine.plan = fault;
    this.#nextStep(index, nowMs);
  }

  #suspend(index: number, stopCode: number, nowMs: number): void {
    const { machine } = this.#at(index);
    machine.waitingSinceMs = never;
    this.#setState(index, "Suspended", stopCode, nowMs);
    machine.nextAtMs = this.#mayResume(index) ? mayChangeAtMs(machine) : never;
  }

  #resume(index: number, nowMs: number): void {
    const { machine } = this.#at(index);
    if (this.#isDrained(index)) this.#changeOver(index, nowMs);
    else if (this.#mayResume(index)) this.#execute(index, nowMs);
    else machine.nextAtMs = never;
  }

  #changeOver(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    machine.batch += 1;
    machine.batchLeft =
      design.batchPieces === undefined ? never : wholeIn(machine.random, design.batchPieces);
    machine.plan = drawChangeover(machine, design.changeover);
    this.#nextStep(index, nowMs);
    if (this.design.flow === "parallel") return;
    this.#wake(index + 1, nowMs);
    this.#wake(index - 1, nowMs);
  }

  #setUp(index: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    machine.setUp = machine.batch;
    machine.setUpAtMs = nowMs;
    for (const signal of design.changeover.resets) {
      const counter = signal === "goodCount" ? machine.good : machine.scrap;
      if (counter.shown === 0) continue;
      counter.shown = 0;
      counter.changedAtMs = nowMs;
      this.#observer.counterReset?.(this.design, design, signal, nowMs);
    }
  }

  /** A neighbour has made room, brought a piece or begun its changeover. */
  #wake(index: number, nowMs: number): void {
    const machine = this.state.machines[index];
    if (machine === undefined || machine.mustStop || this.state.shut) return;
    if (machine.step !== null) {
      const atBarrier = machine.nextAtMs === never && machine.plan[0]?.waitsForNext === true;
      if (atBarrier && !this.#isAheadOfNext(index)) machine.nextAtMs = nowMs;
    } else if (machine.state === "Execute") {
      if (!machine.busy && machine.waitingSinceMs !== never) machine.nextAtMs = nowMs;
    } else if (machine.nextAtMs === never && machine.state === "Suspended") {
      if (this.#mayResume(index)) machine.nextAtMs = Math.max(nowMs, mayChangeAtMs(machine));
    }
  }

  /** Enough to run for a while, so that it does not stop again at once. */
  #mayResume(index: number): boolean {
    const before = this.design.buffers[index - 1];
    const after = this.design.buffers[index];
    const batchEnds = this.#isBehindPrevious(index);
    const level = before === undefined || batchEnds ? 1 : before.resumeLevel;
    return (
      (this.#waiting(index) >= level || this.#isDrained(index)) &&
      this.#space(index) >= (after?.resumeSpace ?? 1)
    );
  }

  /** The machine before it has changed over, and its last piece is through. */
  #isDrained(index: number): boolean {
    return this.#isBehindPrevious(index) && this.#waiting(index) < 1;
  }

  #isBehindPrevious(index: number): boolean {
    if (this.design.flow === "parallel" || index === 0) return false;
    return this.#at(index - 1).machine.batch > this.#at(index).machine.batch;
  }

  #isAheadOfNext(index: number): boolean {
    return index + 1 < this.state.machines.length && this.#isBehindPrevious(index + 1);
  }

  #waiting(index: number): number {
    return this.design.flow === "parallel" || index === 0
      ? never
      : (this.state.buffers[index - 1] ?? 0);
  }

  #space(index: number): number {
    if (!this.#hasBufferAfter(index)) return never;
    return (this.design.buffers[index]?.capacity ?? 0) - (this.state.buffers[index] ?? 0);
  }

  #take(index: number, nowMs: number): void {
    if (this.design.flow === "parallel" || index === 0) return;
    this.state.buffers[index - 1] = (this.state.buffers[index - 1] ?? 0) - 1;
    this.#wake(index - 1, nowMs);
  }

  #hasBufferAfter(index: number): boolean {
    return this.design.flow === "serial" && index < this.design.buffers.length;
  }

  #setState(index: number, state: PackmlState, stopCode: number, nowMs: number): void {
    const { machine, design } = this.#at(index);
    if (machine.state === state && machine.stopCode === stopCode) return;
    if (machine.state !== state) machine.stateSinceMs = nowMs;
    if (machine.stopCode !== stopCode) machine.stopCodeSinceMs = nowMs;
    machine.state = state;
    machine.stopCode = stopCode;
    this.#observer.stateChanged?.(this.design, design, machine, nowMs);
  }

  #at(index: number): { machine: Machine; design: MachineDesign } {
    return {
      machine: this.state.machines[index] as Machine,
      design: this.design.machines[index] as MachineDesign,
    };
  }
}

export function newLineState(design: LineDesign, seed: number, originMs: number): LineState {
  return {
    machines: design.machines.map((machine) => newMachine(design, machine, seed, originMs)),
    buffers: design.buffers.map(({ initial }) => initial),
    shut: true,
    openAtMs: never,
  };
}
