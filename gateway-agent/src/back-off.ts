/** Waiting times between attempts: doubling from `firstMs` to `lastMs`, each with 20 % jitter. */
export interface BackOff {
  /** How long to wait before the next attempt. */
  nextMs(): number;
  /** An attempt succeeded: begin again. */
  reset(): void;
}

export function backOff(options: {
  firstMs: number;
  lastMs: number;
  random: () => number;
}): BackOff {
  const { firstMs, lastMs, random } = options;
  let current = firstMs;
  return {
    nextMs() {
      const waitMs = current * (0.8 + 0.2 * random());
      current = Math.min(current * 2, lastMs);
      return waitMs;
    },
    reset() {
      current = firstMs;
    },
  };
}
