/** Sums of floating point numbers in a fixed order: equal input gives equal output, to the last bit. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function rangeOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Of a sample: divided by n − 1. 0 for fewer than two values. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
