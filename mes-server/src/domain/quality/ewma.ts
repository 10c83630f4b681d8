/** An exponentially weighted moving average, and its standard deviation in those of a plotted value. */
export interface EwmaPoint {
  value: number;
  spread: number;
}

/** After so many values no trace of where the average began is left in a floating point number. */
export function ewmaMemory(lambda: number): number {
  return lambda >= 1 ? 1 : Math.ceil(Math.log(1e-15) / Math.log(1 - lambda));
}

/**
 * zᵢ = λ·xᵢ + (1 − λ)·zᵢ₋₁ from the centre, with the exact variance λ/(2 − λ)·(1 − (1 − λ)²ⁱ). A missing
 * value leaves the average as it is, and has no point.
 */
export function ewma(
  xs: readonly (number | null)[],
  { center, lambda }: { center: number; lambda: number },
): (EwmaPoint | null)[] {
  let value = center;
  let count = 0;
  return xs.map((x) => {
    if (x === null) return null;
    value = lambda * x + (1 - lambda) * value;
    count += 1;
    const spread = Math.sqrt((lambda / (2 - lambda)) * (1 - (1 - lambda) ** (2 * count)));
    return { value, spread };
  });
}
