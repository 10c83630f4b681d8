import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advanceCounter,
  counterReading,
  type CounterRule,
  type CounterState,
} from "./counterFold.ts";

const rule: CounterRule = { bits: 16, maxRatePerSecond: 10, periodMs: 1000 };

/** Readings a second apart, or with their time; answers `kind delta` of each. */
function fold(
  readings: readonly (number | bigint | [value: number | bigint, atMs: number])[],
  by: CounterRule = rule,
): string[] {
  let state: CounterState | undefined;
  return readings.map((reading, index) => {
    const [value, atMs] = typeof reading === "object" ? reading : [reading, index * 1000];
    const { next, event } = advanceCounter(state, by, { value, atMs });
    state = next;
    return event === undefined ? "-" : `${event.kind} ${event.delta}`;
  });
}

describe("counters", () => {
  test("[CF1] the first reading counts nothing", () => {
    expect(fold([4711])).toEqual(["-"]);
  });

  test("[CF2] steps count, 0 to 1 too, and an unchanged reading does not", () => {
    expect(fold([0, 1, 1, 4])).toEqual(["-", "step 1", "-", "step 3"]);
  });

  test("[CF2] a step may be as fast as the time since the last reading allows", () => {
    expect(fold([0, [600, 60_000]])).toEqual(["-", "step 600"]);
    expect(fold([0, [60_000, 60_000]])).toEqual(["-", "quarantined 0"]);
  });

  test("[CF2] readings of one source time count", () => {
    expect(
      fold([
        [5, 0],
        [7, 0],
        [9, 0],
      ]),
    ).toEqual(["-", "step 2", "step 2"]);
  });

  test.each([16, 32] as const)("[CF3] rolls over at %i bits", (bits) => {
    const top = 2 ** bits;
    expect(fold([top - 3, top - 1, 2], { ...rule, bits })).toEqual(["-", "step 2", "rollover 3"]);
  });

  test("[CF3] rolls over at 64 bits", () => {
    const top = 1n << 64n;
    expect(fold([top - 3n, top - 1n, 2], { ...rule, bits: 64 })).toEqual([
      "-",
      "step 2",
      "rollover 3",
    ]);
  });

  test("[CF4] a drop to near zero is a reset, and what it shows was made since", () => {
    expect(fold([5000, 0, 1])).toEqual(["-", "reset 0", "step 1"]);
    expect(fold([5000, 7, 9])).toEqual(["-", "reset 7", "step 2"]);
  });

  test("[CF4] a small counter that is reset after a long stop does not roll over", () => {
    expect(fold([500, [0, 8 * 3_600_000]])).toEqual(["-", "reset 0"]);
  });

  test("[CF5] one torn reading costs nothing", () => {
    expect(fold([100, 40_000, 104])).toEqual(["-", "quarantined 0", "step 4"]);
  });

  test("[CF6] a counter that was set by hand counts on from there", () => {
    expect(fold([100, 40_000, 40_003, 40_004])).toEqual(["-", "quarantined 0", "step 3", "step 1"]);
  });

  test("[CF6] a small step back is not a reset: it would count everything again", () => {
    expect(fold([5000, 4990, 4991])).toEqual(["-", "quarantined 0", "step 1"]);
  });

  test("without a maximal rate half the range is a step, and a tenth is near zero", () => {
    const free: CounterRule = { bits: 16, periodMs: 1000 };
    expect(fold([0, 32_768], free)).toEqual(["-", "step 32768"]);
    expect(fold([0, 32_769], free)).toEqual(["-", "quarantined 0"]);
    expect(fold([20_000, 1500], free)).toEqual(["-", "reset 1500"]);
    expect(fold([20_000, 15_000], free)).toEqual(["-", "quarantined 0"]);
  });

  test.each([
    [-1, 16, 65_535],
    [-32_768, 16, 32_768],
    [-32_769, 16, undefined],
    [65_536, 16, undefined],
    [-1, 32, 4_294_967_295],
    [-1, 64, (1n << 64n) - 1n],
    [1.5, 32, undefined],
    [Number.NaN, 32, undefined],
    [1n << 60n, 64, 1n << 60n],
    [1n << 64n, 64, undefined],
    [7n, 64, 7],
  ] as const)("[CF7] %s of %i bits reads as %s", (value, bits, expected) => {
    expect(counterReading(value, bits)).toBe(expected);
  });

  test("counts every piece of a counter that is read often enough, through any rollovers", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(16 as const, 32 as const, 64 as const),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
        (bits, begin, pieces) => {
          const range = 1n << BigInt(bits);
          let shown = begin % range;
          let counted = 0;
          let state: CounterState | undefined;
          for (const [index, more] of [0, ...pieces].entries()) {
            shown = (shown + BigInt(more)) % range;
            const value = counterReading(shown, bits);
            if (value === undefined) throw new Error(`${shown} is no reading`);
            const reading = { value, atMs: index * 1000 };
            const advance = advanceCounter(state, { ...rule, bits }, reading);
            state = advance.next;
            counted += advance.event?.delta ?? 0;
          }
          expect(counted).toBe(pieces.reduce((sum, more) => sum + more, 0));
        },
      ),
    );
  });
});
