/** States of a job: one operation of a production order on one line. */
export const jobStates = [
  /** Known, and not yet in the dispatch queue of its line. */
  "Waiting",
  /** In the dispatch queue. */
  "Ready",
  /** Holds a slot of its line, in changeover or in production. */
  "Running",
  /** Begun, and without a slot for now. */
  "Held",
  "Completed",
  "Aborted",
  /** Accounted for: nothing happens to it any more. */
  "Closed",
] as const;

export type JobState = (typeof jobStates)[number];

/** What is told of a job, each with the time at which it was so. */
export const jobFactKinds = [
  "start",
  /** The changeover is over. */
  "beginProduction",
  "hold",
  "resume",
  "complete",
  "abort",
  "close",
] as const;

export type JobFactKind = (typeof jobFactKinds)[number];

export const jobPhases = ["setup", "production"] as const;

export type JobPhase = (typeof jobPhases)[number];
