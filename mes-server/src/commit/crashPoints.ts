/** The places of the server at which tests end it with SIGKILL (docs of reliability). */
export const crashPoints = [
  "received",
  "decoded",
  "staged",
  "before-commit",
  "commit-sent",
  "committed",
  "live-emit",
  "lane-death",
  "shutdown-drain",
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** Told each time a place is passed. In production it does nothing. */
export type Reached = (point: CrashPoint) => void;
