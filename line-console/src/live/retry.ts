export interface RetrySettings {
  retryFirstMs: number;
  retryMaxMs: number;
}

/**
 * Waits double from the first to the longest; the random half keeps a hall of consoles from coming
 * back to a restarted server all at once. `random` is from 0 to below 1.
 */
export function retryDelayMs(failures: number, settings: RetrySettings, random: number): number {
  const wholeMs = Math.min(
    settings.retryMaxMs,
    settings.retryFirstMs * 2 ** Math.min(failures, 16),
  );
  return Math.round(wholeMs * (0.5 + random / 2));
}
