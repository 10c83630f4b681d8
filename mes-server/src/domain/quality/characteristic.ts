import type { NelsonRule } from "./nelson.ts";

const chartTypes = ["imr", "xbarR", "xbarS", "ewma", "c", "u", "p", "np"] as const;

export type ChartType = (typeof chartTypes)[number];

/** Charts of measured values; the others count defects (c, u) or defective pieces (p, np). */
export function isOfMeasures(chart: ChartType): chart is "imr" | "xbarR" | "xbarS" | "ewma" {
  return chart === "imr" || chart === "xbarR" || chart === "xbarS" || chart === "ewma";
}

/** Charts whose subgroups each say how many pieces were looked at. */
export function isOfSamples(chart: ChartType): chart is "u" | "p" | "np" {
  return chart === "u" || chart === "p" || chart === "np";
}

/** Where control limits come from. */
export type LimitSource =
  | {
      /** Set by an engineer: ±3σ of what is plotted; charts of counts have a centre only. */
      from: "fixed";
      center: number;
      lower?: number | undefined;
      upper?: number | undefined;
    }
  | {
      /** Computed from the first so many subgroups of the phase that are not missing. */
      from: "baseline";
      subgroups: number;
    };

export type Sampling =
  | { by: "hand"; everyMinutes?: number | undefined; everyPieces?: number | undefined }
  | {
      by: "signal";
      /** `<line>.<unit>.<signal>` */
      signal: string;
      everySamples?: number | undefined;
      everySeconds?: number | undefined;
    };

/** What is measured of a product or at a machine, and how its chart is kept. */
export interface CharacteristicDefinition {
  name: string;
  /** A line, or one unit of it; null: wherever the product is made. */
  equipment: string | null;
  /** null: whatever is made there. */
  product: string | null;
  engineeringUnit: string;
  target: number | null;
  lowerSpec: number | null;
  upperSpec: number | null;
  chart: ChartType;
  subgroupSize: number;
  sampling: Sampling;
  limits: LimitSource;
  rules: readonly NelsonRule[];
  /** EWMA: weight of the newest value, and the limits in standard deviations. */
  lambda: number;
  width: number;
  /** Another name begins a new phase although nothing else has changed: a new tool, a repair. */
  phase: string;
  isRetired: boolean;
}

/** A definition in force from an instant on. */
export interface CharacteristicVersion extends CharacteristicDefinition {
  id: string;
  /** Counts what has been said of it, in the order in which it came. */
  version: number;
  fromMs: number;
  /** Of the command that said so: the order among those of one instant. */
  command: string;
}

/** A span in which the limits of the chart are one and the same. */
export interface Phase {
  definition: CharacteristicVersion;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
}

/** Versions in the order in which they are in force, whatever the order in which they came. */
export function inForceOrder(versions: readonly CharacteristicVersion[]): CharacteristicVersion[] {
  return versions.toSorted((a, b) => a.fromMs - b.fromMs || (a.command < b.command ? -1 : 1));
}

/** The version in force at an instant; `undefined` before the first. */
export function versionAt(
  versions: readonly CharacteristicVersion[],
  atMs: number,
): CharacteristicVersion | undefined {
  return inForceOrder(versions).findLast(({ fromMs }) => fromMs <= atMs);
}

/**
 * The phases of a chart: a version begins a new one if it changes what the limits follow from. What it
 * changes beside (name, specification, rules) is taken from the phase's newest version.
 */
export function phasesOf(versions: readonly CharacteristicVersion[]): Phase[] {
  const phases: Phase[] = [];
  for (const version of inForceOrder(versions)) {
    const last = phases.at(-1);
    if (last !== undefined && phaseKey(last.definition) === phaseKey(version)) {
      last.definition = version;
      continue;
    }
    if (last !== undefined) last.toMs = version.fromMs;
    phases.push({ definition: version, fromMs: version.fromMs, toMs: null });
  }
  return phases.filter(({ fromMs, toMs }) => toMs === null || toMs > fromMs);
}

function phaseKey({
  chart,
  subgroupSize,
  limits,
  lambda,
  width,
  sampling,
  phase,
}: CharacteristicVersion) {
  const measuredBy =
    sampling.by === "hand"
      ? "hand"
      : [sampling.signal, sampling.everySamples, sampling.everySeconds];
  const smoothing = chart === "ewma" ? [lambda, width] : [];
  const source =
    limits.from === "fixed" ? [limits.center, limits.lower, limits.upper] : [limits.subgroups];
  return JSON.stringify([chart, subgroupSize, source, smoothing, measuredBy, phase]);
}
