/**
 * Parts as whole numbers that add up to `whole`: each is rounded down, and those that lost the most get one
 * more (largest remainder). Of equal losses the first goes first.
 */
export function roundedParts(parts: readonly number[], whole: number): number[] {
  const sum = parts.reduce((total, part) => total + part, 0);
  if (sum === 0) return parts.map(() => 0);
  const exact = parts.map((part) => (part * whole) / sum);
  const rounded = exact.map((part) => Math.floor(part + 1e-9));
  const left = whole - rounded.reduce((total, part) => total + part, 0);
  const byLoss = exact
    .map((part, index) => ({ index, lost: part - (rounded[index] ?? 0) }))
    .sort((a, b) => b.lost - a.lost || a.index - b.index);
  for (const { index } of byLoss.slice(0, left)) rounded[index] = (rounded[index] ?? 0) + 1;
  return rounded;
}

export interface Length {
  ms: number;
  minutes: number;
}

const minuteMs = 60_000;

export function minutesOf(ms: number): number {
  return Math.round(ms / minuteMs);
}

/** Rows with the minutes of their time, which add up to the minutes of the whole. */
export function withMinutes<Row extends { ms: number }>(
  rows: readonly Row[],
  wholeMinutes = minutesOf(rows.reduce((sum, { ms }) => sum + ms, 0)),
): (Row & Length)[] {
  const minutes = roundedParts(
    rows.map(({ ms }) => ms),
    wholeMinutes,
  );
  return rows.map((row, index) => ({ ...row, minutes: minutes[index] ?? 0 }));
}
