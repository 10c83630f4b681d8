import { describe, expect, it } from "vitest";
import { countUntil, fraction, randomFor, skewedIn, wholeIn } from "./random.ts";

describe("seeded chance", () => {
  it("is the same for the same seed and label, and goes on from its state", () => {
    const first = randomFor(7, "filler");
    const again = randomFor(7, "filler");
    const drawn = Array.from({ length: 100 }, () => fraction(first));
    expect(Array.from({ length: 100 }, () => fraction(again))).toEqual(drawn);
    const restored = JSON.parse(JSON.stringify(first)) as typeof first;
    expect(fraction(restored)).toBe(fraction(first));
  });

  it("is another for another label or seed", () => {
    const streams = [randomFor(7, "a"), randomFor(7, "b"), randomFor(8, "a")];
    expect(new Set(streams.map((random) => fraction(random))).size).toBe(3);
  });

  it("fills its range evenly", () => {
    const random = randomFor(1, "even");
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 100_000; draw += 1) {
      const tenth = Math.floor(fraction(random) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it("keeps within the ends of a range, and has the mean that it is asked for", () => {
    const random = randomFor(3, "range");
    const whole = Array.from({ length: 2000 }, () => wholeIn(random, [5, 9]));
    expect([Math.min(...whole), Math.max(...whole)]).toEqual([5, 9]);
    const skewed = Array.from({ length: 2000 }, () => skewedIn(random, [5000, 60_000]));
    expect(Math.min(...skewed)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...skewed)).toBeLessThanOrEqual(60_000);
    const counts = Array.from({ length: 20_000 }, () => countUntil(random, 300));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(290);
    expect(mean).toBeLessThan(310);
  });
});
