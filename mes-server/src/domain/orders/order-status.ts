import type { JobState } from "@only-mes/protocols/plant/job-state";

export type OrderStatus =
  | "Planned"
  | "Ready"
  | "Running"
  | "Held"
  | "Completed"
  | "Aborted"
  | "Closed";

/**
 * The status of a production order from those of its jobs: it runs while any of them runs, and is over
 * when all of them are.
 */
export function orderStatus(jobs: readonly JobState[]): OrderStatus {
  const some = (...states: JobState[]) => jobs.some((state) => states.includes(state));
  const every = (...states: JobState[]) => jobs.every((state) => states.includes(state));
  if (jobs.length === 0) return "Planned";
  if (some("Running")) return "Running";
  if (every("Closed")) return "Closed";
  if (every("Aborted")) return "Aborted";
  if (every("Completed", "Aborted", "Closed")) return "Completed";
  if (some("Held", "Completed", "Closed")) return "Held";
  return some("Ready") ? "Ready" : "Planned";
}
