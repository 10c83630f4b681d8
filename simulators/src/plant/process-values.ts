import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import { fraction, randomFor, type RandomState } from "../clock/random.ts";

/**
 * A measured value: it follows its target with a lag of first order, and wanders a little around
 * it. It is worked out on a fixed grid of plant time, as a PLC does in its cycle.
 */
export interface ProcessValueDesign {
  /** Unit id within the line. */
  unit: string;
  name: string;
  /** Where it goes to while the machine produces, waits, and stands still. */
  running: number;
  waiting: number;
  standing: number;
  /** Lag of first order, in seconds. */
  lagS: number;
  /** How far it wanders, about one standard deviation. */
  wander: number;
  /** How long a wandering lasts, in seconds. */
  wanderS: number;
  /** The smallest step that the sensor shows. */
  resolution: number;
}

export interface ProcessValue {
  random: RandomState;
  /** Without wandering. */
  base: number;
  wandering: number;
  /** What the sensor shows. */
  shown: number;
  changedAtMs: number;
}

export const processGridMs = 500;

export function newProcessValue(
  design: ProcessValueDesign,
  line: string,
  seed: number,
  originMs: number,
): ProcessValue {
  const random = randomFor(seed, `${line}.${design.unit}.${design.name}`);
  const shown = rounded(design.standing, design.resolution);
  return { random, base: design.standing, wandering: 0, shown, changedAtMs: originMs };
}

/** One step of the grid. */
export function follow(
  value: ProcessValue,
  design: ProcessValueDesign,
  state: PackmlState,
  nowMs: number,
): void {
  const gridS = processGridMs / 1000;
  value.base += (targetIn(design, state) - value.base) * (1 - Math.exp(-gridS / design.lagS));
  const remembered = Math.exp(-gridS / design.wanderS);
  // Uniform chance of this width has the standard deviation 1.
  const chance = (fraction(value.random) - 0.5) * Math.sqrt(12);
  value.wandering =
    value.wandering * remembered + chance * design.wander * Math.sqrt(1 - remembered ** 2);
  show(value, value.base + value.wandering * activity(design, value.base), design, nowMs);
}

/** After a long standstill: nothing moves any more. */
export function settle(value: ProcessValue, design: ProcessValueDesign, nowMs: number): void {
  value.base = design.standing;
  value.wandering = 0;
  show(value, design.standing, design, nowMs);
}

function show(
  value: ProcessValue,
  exact: number,
  { resolution }: ProcessValueDesign,
  nowMs: number,
): void {
  const shown = rounded(exact, resolution);
  if (shown === value.shown) return;
  value.shown = shown;
  value.changedAtMs = nowMs;
}

function targetIn(design: ProcessValueDesign, state: PackmlState): number {
  switch (state) {
    case "Execute":
    case "Completing":
      return design.running;
    case "Starting":
    case "Idle":
    case "Suspended":
    case "Suspending":
    case "Unsuspending":
    case "Unholding":
    case "Resetting":
    case "Complete":
      return design.waiting;
    case "Clearing":
    case "Stopped":
    case "Stopping":
    case "Aborting":
    case "Aborted":
    case "Holding":
    case "Held":
      return design.standing;
  }
}

/** A value at rest at zero does not wander: no force without a stroke. */
function activity({ standing, running }: ProcessValueDesign, base: number): number {
  return standing === 0 ? Math.min(1, Math.abs(base / running)) : 1;
}

/** Decimal, so that a resolution of 0.01 shows 4.35 and not 4.3500000000000005. */
function rounded(value: number, resolution: number): number {
  const perOne = Math.round(1 / resolution);
  return Math.round(value * perOne) / perOne;
}
