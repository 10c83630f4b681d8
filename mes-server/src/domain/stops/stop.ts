import type { MachineState } from "@only-mes/protocols/plant/machine-state";

/** Where the time of a stop goes: classes that reasons map to, by versioned data. */
export const lossClasses = [
  "breakdown",
  "setup",
  "minorStop",
  "starved",
  "blocked",
  "material",
  "operator",
  "quality",
  "planned",
  "unobserved",
  "unassigned",
] as const;

export type LossClass = (typeof lossClasses)[number];

/** Half open. */
export interface TimeRange {
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
}

/** What a stop is put down to. */
export interface StopCause {
  reason: string | undefined;
  /** By hand, or from the machine's stop code. */
  reasonFrom: "person" | "stopCode" | undefined;
  lossClass: LossClass;
}

/**
 * A time in which equipment that should produce did not: derived from its states, then cut, joined and
 * named by people. The states stay as they were.
 */
export interface Stop extends TimeRange, StopCause {
  /** `<equipment>@<begin, ms>`: the same for as long as its begin is. */
  id: string;
  equipment: string;
  /** The state that it began with; `Unknown`: nobody saw what the machine did, which is no stop of it. */
  state: MachineState;
  /** The whole standstill is shorter than the line's threshold; never so while it lasts. */
  isMicrostop: boolean;
  /** When it stood still. One part, or several in order if people joined stops over short runs. */
  parts: TimeRange[];
}

/** How long it stood still within a range; one that lasts counts until the range's end. */
export function standstillMs({ parts }: Pick<Stop, "parts">, fromMs: number, toMs: number): number {
  return parts.reduce((sum, part) => {
    const endMs = Math.min(part.toMs ?? toMs, toMs);
    return sum + Math.max(0, endMs - Math.max(part.fromMs, fromMs));
  }, 0);
}
