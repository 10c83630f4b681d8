/** How long to wait after so many failures in a row: doubling up to a bound, half of it by chance. */
export function backOffMs(
  failures: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  random: () => number,
): number {
  const wholeMs = Math.min(maxMs, minMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return wholeMs * (0.5 + random() / 2);
}
