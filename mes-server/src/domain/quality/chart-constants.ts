/**
 * Factors of control charts for subgroups of n values, as ASTM's manual and every textbook print them:
 * the limits of a chart are to be the ones that an engineer works out by hand with the same table.
 */
interface RangeFactors {
  /** Limits of the means: A2 · R̄ from their mean. */
  a2: number;
  /** Mean range of n values in standard deviations. */
  d2: number;
  /** Limits of the ranges: D3 · R̄ and D4 · R̄. */
  d3: number;
  d4: number;
}

const rangeTable: Record<number, RangeFactors> = {
  2: { a2: 1.88, d2: 1.128, d3: 0, d4: 3.267 },
  3: { a2: 1.023, d2: 1.693, d3: 0, d4: 2.574 },
  4: { a2: 0.729, d2: 2.059, d3: 0, d4: 2.282 },
  5: { a2: 0.577, d2: 2.326, d3: 0, d4: 2.114 },
  6: { a2: 0.483, d2: 2.534, d3: 0, d4: 2.004 },
  7: { a2: 0.419, d2: 2.704, d3: 0.076, d4: 1.924 },
  8: { a2: 0.373, d2: 2.847, d3: 0.136, d4: 1.864 },
  9: { a2: 0.337, d2: 2.97, d3: 0.184, d4: 1.816 },
  10: { a2: 0.308, d2: 3.078, d3: 0.223, d4: 1.777 },
};

export const rangeSizeMax = 10;
export const deviationSizeMax = 25;

/** @throws {RangeError} if the table has no row for n: 2 to 10 values. */
export function rangeFactors(n: number): RangeFactors {
  const factors = rangeTable[n];
  if (factors === undefined) throw new RangeError(`no range factors for subgroups of ${n}`);
  return factors;
}

/** Mean standard deviation of n normal values, in those of the whole: unbiasing s. */
export function c4(n: number): number {
  // Γ(n/2) / Γ((n−1)/2), grown from Γ(1) / Γ(1/2) by steps of one.
  let ratio = n % 2 === 0 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
  for (let k = n % 2 === 0 ? 2 : 3; k < n; k += 2) ratio *= k / (k - 1);
  return ratio * Math.sqrt(2 / (n - 1));
}

/** Factors of a chart of standard deviations: A3, B3 and B4. */
export function deviationFactors(n: number): { a3: number; b3: number; b4: number; c4: number } {
  const unbiasing = c4(n);
  const spread = (3 * Math.sqrt(1 - unbiasing * unbiasing)) / unbiasing;
  return {
    a3: 3 / (unbiasing * Math.sqrt(n)),
    b3: Math.max(0, 1 - spread),
    b4: 1 + spread,
    c4: unbiasing,
  };
}
