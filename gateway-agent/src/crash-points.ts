/** Places where a test kills the process: each is a moment at which a careless gateway loses or doubles. */
export const crashPoints = [
  "after-poll",
  "append-before-sync",
  "after-sync",
  "mid-publish",
  "ack-before-trim",
  "epoch-change",
] as const;

type CrashPoint = (typeof crashPoints)[number];

export type Reached = (point: CrashPoint) => void;

export interface CrashAt {
  readonly point: CrashPoint;
  /** The process dies when the point is reached for this time. */
  readonly time: number;
}

export function crashHook(
  crashAt: CrashAt | undefined,
  die: () => void = () => process.kill(process.pid, "SIGKILL"),
): Reached {
  if (crashAt === undefined) return () => undefined;
  let times = 0;
  return (point) => {
    if (point === crashAt.point && ++times === crashAt.time) die();
  };
}
