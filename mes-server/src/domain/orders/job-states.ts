import {
  jobFactKinds,
  jobStates,
  type JobFactKind,
  type JobState,
} from "@only-mes/protocols/plant/job-state";

/** What happens to a job: the facts, and its ways into the dispatch queue and out of it. */
export type JobEvent = JobFactKind | "dispatch" | "withdraw";

export const jobEvents: readonly JobEvent[] = ["dispatch", "withdraw", ...jobFactKinds];

/** null: it cannot happen in this state. */
export const jobTransitions: Record<JobState, Record<JobEvent, JobState | null>> = {
  Waiting: {
    dispatch: "Ready",
    withdraw: null,
    start: "Running",
    beginProduction: null,
    hold: null,
    resume: null,
    complete: null,
    abort: "Aborted",
    close: null,
  },
  Ready: {
    dispatch: "Ready",
    withdraw: "Waiting",
    start: "Running",
    beginProduction: null,
    hold: null,
    resume: null,
    complete: null,
    abort: "Aborted",
    close: null,
  },
  Running: {
    dispatch: null,
    withdraw: null,
    start: null,
    beginProduction: "Running",
    hold: "Held",
    resume: null,
    complete: "Completed",
    abort: "Aborted",
    close: null,
  },
  Held: {
    dispatch: null,
    withdraw: null,
    start: null,
    beginProduction: null,
    hold: null,
    resume: "Running",
    complete: "Completed",
    abort: "Aborted",
    close: null,
  },
  // More is made of it: a completion that came too early does not end it.
  Completed: {
    dispatch: null,
    withdraw: null,
    start: null,
    beginProduction: null,
    hold: null,
    resume: "Running",
    complete: null,
    abort: null,
    close: "Closed",
  },
  Aborted: {
    dispatch: null,
    withdraw: null,
    start: null,
    beginProduction: null,
    hold: null,
    resume: null,
    complete: null,
    abort: null,
    close: "Closed",
  },
  Closed: {
    dispatch: null,
    withdraw: null,
    start: null,
    beginProduction: null,
    hold: null,
    resume: null,
    complete: null,
    abort: null,
    close: null,
  },
};

/** States in which an event can happen. */
export function statesTaking(event: JobEvent): JobState[] {
  return jobStates.filter((state) => jobTransitions[state][event] !== null);
}
