import type { CrashPoint, Reached } from "../commit/crashPoints.ts";

export interface Crash {
  reached: Reached;
  /** The lane's thread is to end now, as if it had crashed. */
  laneDies: () => boolean;
}

/** `<point>` or `<point>:<n>`: ends this process with SIGKILL when it passes that place the n-th time. */
export function crashAt(setting: string | undefined): Crash {
  if (setting === undefined) return { reached: () => undefined, laneDies: () => false };
  const [at = "", times = "1"] = setting.split(":");
  let left = Number(times);
  const hits = (point: CrashPoint): boolean => {
    if (point !== at) return false;
    left -= 1;
    return left === 0;
  };
  return {
    reached: (point) => {
      if (hits(point)) process.kill(process.pid, "SIGKILL");
    },
    laneDies: () => hits("lane-death"),
  };
}
