/** The tests for special causes of L. S. Nelson, Journal of Quality Technology 16 (1984). */
export const nelsonRules = [1, 2, 3, 4, 5, 6, 7, 8] as const;

export type NelsonRule = (typeof nelsonRules)[number];

/** Where a rule holds: at its last point, of the points that make the pattern. */
export interface NelsonSignal {
  rule: NelsonRule;
  /** Index of the point that completes the pattern. */
  index: number;
  /** Index of its first point. */
  fromIndex: number;
}

/** What is computed from measured values is not exact: a point on a limit is not beyond it. */
const slack = 1e-9;

interface Test {
  points: number;
  /** Of so many points of one segment, the newest last. */
  holds: (window: readonly number[]) => boolean;
}

const tests: Record<NelsonRule, Test> = {
  1: { points: 1, holds: ([z = 0]) => isBeyond(z, 3) },
  2: { points: 9, holds: (zs) => zs.every((z) => z > slack) || zs.every((z) => z < -slack) },
  3: { points: 6, holds: (zs) => steps(zs).every(isUp) || steps(zs).every(isDown) },
  4: { points: 14, holds: (zs) => alternates(steps(zs)) },
  5: { points: 3, holds: (zs) => isMostlyBeyond(zs, 2, 2) },
  6: { points: 5, holds: (zs) => isMostlyBeyond(zs, 4, 1) },
  7: { points: 15, holds: (zs) => zs.every((z) => Math.abs(z) < 1 - slack) },
  8: {
    points: 8,
    holds: (zs) =>
      zs.every((z) => isBeyond(z, 1)) && zs.some((z) => z > 0) && zs.some((z) => z < 0),
  },
};

/** So many points before one say whether a rule holds there, and whether it held at the one before. */
export const nelsonReach = 15;

/**
 * Every point at which one of the rules holds. The points are given in standard deviations from the
 * centre line; `null` is a missing one and breaks every run.
 *
 * Rules 5 and 6 hold as soon as enough points are beyond, whatever the rest of their window will be;
 * the point that completes them is itself beyond. Rule 8 asks for points on both sides.
 */
export function nelsonSignals(
  zs: readonly (number | null)[],
  rules: readonly NelsonRule[] = nelsonRules,
): NelsonSignal[] {
  const signals: NelsonSignal[] = [];
  let segmentFrom = 0;
  zs.forEach((z, index) => {
    if (z === null) {
      segmentFrom = index + 1;
      return;
    }
    for (const rule of rules) {
      const found = signalAt(zs, rule, segmentFrom, index);
      if (found !== undefined) signals.push(found);
    }
  });
  return signals;
}

function signalAt(
  zs: readonly (number | null)[],
  rule: NelsonRule,
  segmentFrom: number,
  index: number,
): NelsonSignal | undefined {
  const { points, holds } = tests[rule];
  const isPartial = rule === 5 || rule === 6;
  const fromIndex = Math.max(segmentFrom, index - points + 1);
  if (!isPartial && index - fromIndex + 1 < points) return undefined;
  const window = zs.slice(fromIndex, index + 1).filter((z) => z !== null);
  return holds(window) ? { rule, index, fromIndex } : undefined;
}

function isBeyond(z: number, sigmas: number): boolean {
  return Math.abs(z) > sigmas + slack;
}

/** At least so many of them beyond on the side of the last one, which is beyond too. */
function isMostlyBeyond(zs: readonly number[], count: number, sigmas: number): boolean {
  const last = zs.at(-1) ?? 0;
  const side = Math.sign(last);
  if (!isBeyond(last, sigmas)) return false;
  return zs.filter((z) => z * side > sigmas + slack).length >= count;
}

function steps(zs: readonly number[]): number[] {
  return zs.slice(1).map((z, index) => z - (zs[index] ?? z));
}

function isUp(step: number): boolean {
  return step > slack;
}

function isDown(step: number): boolean {
  return step < -slack;
}

function alternates(all: readonly number[]): boolean {
  const turn = isUp(all[0] ?? 0) ? 0 : 1;
  return all.every((step, index) => (index % 2 === turn ? isUp(step) : isDown(step)));
}
