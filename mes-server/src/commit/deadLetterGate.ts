import type { DeadLetterReason } from "../pipeline/laneTask.ts";

/**
 * Bounds how many dead letters are kept: the first of a reason and metric at once, then one a minute,
 * which says how many there were meanwhile. All are counted.
 */
export interface DeadLetterGate {
  /** Number of the same that were not kept since the last one that was; `undefined`: do not keep it. */
  admit(reason: DeadLetterReason, about: string, times: number): number | undefined;
}

const minuteMs = 60_000;
const kindsMax = 10_000;

export function deadLetterGate(
  counted: (reason: DeadLetterReason, times: number) => void,
  realNow: () => number,
): DeadLetterGate {
  const kinds = new Map<string, { keptAtMs: number; held: number }>();
  return {
    admit(reason, about, times) {
      counted(reason, times);
      const key = `${reason} ${about}`;
      const now = realNow();
      const kind = kinds.get(key);
      if (kind !== undefined && now - kind.keptAtMs < minuteMs) {
        kind.held += times;
        return undefined;
      }
      if (kind === undefined && kinds.size >= kindsMax) kinds.clear();
      kinds.set(key, { keptAtMs: now, held: 0 });
      return (kind?.held ?? 0) + times - 1;
    },
  };
}
