import type { JobPhase } from "@only-mes/protocols/plant/job-state";

/** When a job held a capacity slot of its line: folded from the job's commands. Half open, in ms. */
export interface JobInterval {
  line: string;
  /** Slots of a line, from 1; at most one job at a time holds one. */
  slot: number;
  job: string;
  order: string;
  product: string;
  /** `setup` from the start of a changeover until production begins. */
  phase: JobPhase;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
  /** Units whose pieces and time are the slot's: of slot 1 those as well that no slot names. */
  units: readonly string[];
}
