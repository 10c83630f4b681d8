import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import type { Range } from "../clock/random.ts";

/** What a line is built of, as data. All durations are milliseconds of plant time. */
export interface LineDesign {
  id: string;
  /** `serial`: pieces go through the machines one after another. `parallel`: each has its own work. */
  flow: "serial" | "parallel";
  /** In the order of the flow. */
  machines: readonly MachineDesign[];
  /** Between machine n and n + 1 of a serial line. */
  buffers: readonly BufferDesign[];
  /** What is made, batch after batch; a changeover goes to the next one. */
  batches: readonly string[];
}

export interface BufferDesign {
  /** Pieces. */
  capacity: number;
  /** Pieces in it when the plant starts. */
  initial: number;
  /** A starved machine starts again when this many pieces wait for it. */
  resumeLevel: number;
  /** A blocked machine starts again when there is room for this many pieces. */
  resumeSpace: number;
}

export interface MachineDesign {
  /** Unit id within the line. */
  id: string;
  /** From piece to piece; varies from cycle to cycle. */
  cycleMs: Range;
  piecesPerCycle: number;
  /** Part of the pieces that is scrap. */
  scrapRate: number;
  /** Width of its PLC's counters. */
  counterBits: 16 | 32;
  /** What the good counter shows when the plant is new. */
  firstGoodCount: Range;
  firstScrapCount: Range;
  faults: readonly FaultDesign[];
  /** From standstill to production. */
  startup: readonly StepDesign[];
  /** Pieces to a changeover; absent for a machine that follows the machine before it. */
  batchPieces?: Range;
  firstBatchPieces?: Range;
  changeover: ChangeoverDesign;
}

export interface StepDesign {
  state: PackmlState;
  stopCode: number;
  lastsMs: Range;
}

export interface FaultDesign {
  name: string;
  /** Pieces between two of them, on average. */
  everyPieces: number;
  /** Pieces to the first one, so that the first minutes show something of each kind. */
  firstAfterPieces: Range;
  /** The stop itself, then the way back to production. */
  steps: readonly StepDesign[];
}

export interface ChangeoverDesign {
  /** Before the machine is stopped for it. */
  before: readonly StepDesign[];
  /** Stopped, before counters are reset and the next batch is set. */
  stoppedBeforeMs: Range;
  /** Stopped, after that. */
  stoppedAfterMs: Range;
  /** From there to production. */
  startup: readonly StepDesign[];
  resets: readonly ("goodCount" | "scrapCount")[];
}

export const stopCodes = {
  none: 0,
  starved: 1,
  blocked: 2,
  jam: 10,
  microstop: 11,
  breakdown: 20,
  changeover: 30,
  plantOff: 40,
} as const;

/** No state is shorter, so that a poll every second sees each of them. */
export const dwellMsMin = 5000;

/** A machine that waits for others this long in Execute gives up and is Suspended. */
export const suspendAfterMs = 3000;

/** A time that does not come. Infinity would not survive JSON. */
export const never = Number.MAX_SAFE_INTEGER;
