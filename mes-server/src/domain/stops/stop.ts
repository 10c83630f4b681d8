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

/**
 * A time in which equipment that should produce did not: derived from its states, then cut, joined and
 * named by people. The states stay as they were.
 */
export interface Stop {
  /** `<equipment>@<begin, ms>`: the same for as long as its begin is. */
  id: string;
  equipment: string;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
  /** The state that it began with. */
  state: MachineState;
  /** Shorter than the line's threshold. */
  isMicrostop: boolean;
  reason: string | undefined;
  /** By hand, or from the machine's stop code. */
  reasonFrom: "person" | "stopCode" | undefined;
  lossClass: LossClass;
}
