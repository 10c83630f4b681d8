import { never, type MachineDesign } from "./design.ts";
import { Line, newLineState, type LineObserver, type LineState } from "./line.ts";
import type { PlantDesign } from "./lakeside.ts";
import type { Machine } from "./machine.ts";
import {
  follow,
  newProcessValue,
  processGridMs,
  settle,
  type ProcessValue,
  type ProcessValueDesign,
} from "./process-values.ts";

/** All of the plant that a snapshot must hold: plain data. */
export interface PlantState {
  seed: number;
  originMs: number;
  /** Everything up to and including this instant has happened. */
  nowMs: number;
  /** When the machines were first set going. */
  begunAtMs: number;
  /** By line id. */
  lines: Record<string, LineState>;
  /** By line id, in the order of the design. */
  processValues: Record<string, ProcessValue[]>;
  meter: Meter;
}

export interface Meter {
  powerKw: number;
  wattHours: number;
  changedAtMs: number;
}

/**
 * The whole plant: lines, and the values measured on them. Pure: the history is a function of seed,
 * origin, and of when it was begun and shut.
 */
export class Plant {
  readonly design: PlantDesign;
  readonly state: PlantState;
  readonly lines: ReadonlyMap<string, Line>;
  readonly #measured: readonly Measured[];
  /** What the meter adds up. */
  readonly #powers: readonly ProcessValue[];

  constructor(design: PlantDesign, state: PlantState, observer: LineObserver = {}) {
    this.design = design;
    this.state = state;
    this.lines = new Map(
      design.lines.map((line) => [
        line.id,
        new Line(line, state.lines[line.id] as LineState, observer),
      ]),
    );
    this.#measured = measuredOf(design, state);
    const metered = design.processValues[design.meter.line] ?? [];
    this.#powers = (state.processValues[design.meter.line] ?? []).filter(
      (_, index) => metered[index]?.name === "Power",
    );
  }

  /** Lets everything happen up to `untilMs`; an instant of the past changes nothing. */
  advance(untilMs: number): void {
    if (untilMs <= this.state.nowMs) return;
    let gridMs = nextGrid(this.state.nowMs);
    for (; gridMs <= untilMs; gridMs += processGridMs) {
      this.#advanceLines(gridMs);
      this.#measure(gridMs);
    }
    this.#advanceLines(untilMs);
    this.state.nowMs = untilMs;
  }

  /** Sets the machines going; those of a plant that was shut as well. */
  begin(): void {
    this.state.begunAtMs = Math.min(this.state.begunAtMs, this.state.nowMs);
    for (const line of this.lines.values()) {
      if (line.state.shut) line.open(this.state.nowMs);
    }
  }

  /** From now on no piece is made; within seconds all machines are Stopped. */
  shut(): void {
    for (const line of this.lines.values()) {
      if (!line.state.shut) line.shut(this.state.nowMs);
    }
  }

  isShut(): boolean {
    return [...this.lines.values()].every((line) => line.state.shut);
  }

  /** Shut, and every machine has come to its stop. */
  atRest(): boolean {
    return [...this.lines.values()].every((line) => line.atRest());
  }

  /** When the last machine stopped. */
  restingSinceMs(): number {
    const machines = [...this.lines.values()].flatMap((line) => line.state.machines);
    return Math.max(...machines.map(({ stateSinceMs }) => stateSinceMs));
  }

  /** Passes over a long time at rest without living through each moment of it. */
  sleepUntil(untilMs: number): void {
    if (!this.atRest() || untilMs <= this.state.nowMs) return;
    const hours = (untilMs - this.state.nowMs) / 3_600_000;
    for (const { value, design } of this.#measured) settle(value, design, untilMs);
    this.state.meter.powerKw = this.#meteredPowerKw();
    this.state.meter.wattHours += this.state.meter.powerKw * 1000 * hours;
    this.state.meter.changedAtMs = untilMs;
    this.state.nowMs = untilMs;
  }

  machine(lineId: string, unit: string): Machine {
    const line = this.lines.get(lineId);
    const index = line?.design.machines.findIndex(({ id }) => id === unit) ?? -1;
    const machine = line?.state.machines[index];
    if (machine === undefined) throw new RangeError(`the plant has no unit ${lineId}.${unit}`);
    return machine;
  }

  processValue(lineId: string, unit: string, name: string): ProcessValue {
    const index = (this.design.processValues[lineId] ?? []).findIndex(
      (design) => design.unit === unit && design.name === name,
    );
    const value = this.state.processValues[lineId]?.[index];
    if (value === undefined) throw new RangeError(`${lineId}.${unit} has no value ${name}`);
    return value;
  }

  #advanceLines(untilMs: number): void {
    for (const line of this.lines.values()) line.advance(untilMs);
  }

  #measure(nowMs: number): void {
    for (const { value, design, machine } of this.#measured) {
      follow(value, design, machine.state, nowMs);
    }
    const { meter } = this.state;
    meter.powerKw = this.#meteredPowerKw();
    meter.wattHours += (meter.powerKw * processGridMs) / 3600;
    meter.changedAtMs = nowMs;
  }

  #meteredPowerKw(): number {
    return this.#powers.reduce((sum, { shown }) => sum + shown, 0);
  }
}

interface Measured {
  value: ProcessValue;
  design: ProcessValueDesign;
  machine: Machine;
}

function measuredOf(design: PlantDesign, state: PlantState): Measured[] {
  return design.lines.flatMap(({ id, machines }) =>
    (design.processValues[id] ?? []).flatMap((of, index) => {
      const machine = state.lines[id]?.machines[indexOfUnit(machines, of.unit)];
      const value = state.processValues[id]?.[index];
      return machine === undefined || value === undefined ? [] : [{ value, design: of, machine }];
    }),
  );
}

export function newPlantState(design: PlantDesign, seed: number, originMs: number): PlantState {
  return {
    seed,
    originMs,
    nowMs: originMs,
    begunAtMs: never,
    lines: Object.fromEntries(
      design.lines.map((line) => [line.id, newLineState(line, seed, originMs)]),
    ),
    processValues: Object.fromEntries(
      Object.entries(design.processValues).map(([line, values]) => [
        line,
        values.map((value) => newProcessValue(value, line, seed, originMs)),
      ]),
    ),
    meter: { powerKw: 0, wattHours: design.meter.firstWattHours, changedAtMs: originMs },
  };
}

function indexOfUnit(machines: readonly MachineDesign[], unit: string): number {
  return machines.findIndex(({ id }) => id === unit);
}

/** The first instant of the grid after `nowMs`: the grid lies on absolute time. */
function nextGrid(nowMs: number): number {
  return (Math.floor(nowMs / processGridMs) + 1) * processGridMs;
}
