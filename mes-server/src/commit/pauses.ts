import { setTimeout as delay } from "node:timers/promises";

/** How a lane waits: for something to do, and longer and longer after faults in a row. */
export interface Pauses {
  /** Ends early at `wake`. */
  sleep(ms: number): Promise<void>;
  wake(): void;
  backOff(): Promise<void>;
  recovered(): void;
}

const backOffMsMin = 100;
const backOffMsMax = 5000;

export function pauses(): Pauses {
  let wake: (() => void) | undefined;
  let faultsInRow = 0;
  return {
    async sleep(ms) {
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const slept = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([woken, slept]);
      timer.abort();
      wake = undefined;
    },
    wake: () => wake?.(),
    async backOff() {
      const ms = Math.min(backOffMsMax, backOffMsMin * 2 ** faultsInRow);
      faultsInRow += 1;
      await delay(ms * (0.75 + Math.random() / 2));
    },
    recovered() {
      faultsInRow = 0;
    },
  };
}
