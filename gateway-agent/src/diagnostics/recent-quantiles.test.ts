import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentQuantiles } from "./recent-quantiles.ts";

test("a quantile is at or above the true one, by a fifth at most", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 100_000, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (durations, fraction) => {
        const quantiles = new RecentQuantiles();
        for (const ms of durations) quantiles.record(ms, 0);
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(fraction * sorted.length - 1e-9) - 1] ?? 0;
        const told = quantiles.quantile(fraction, 0) ?? 0;
        // Told in three digits.
        expect(told).toBeGreaterThanOrEqual(exact * 0.995);
        expect(told).toBeLessThanOrEqual(exact * 1.2);
      },
    ),
    { seed: 5 },
  );
});

test("what counts more weighs more", () => {
  const quantiles = new RecentQuantiles();
  quantiles.record(1, 0, 99);
  quantiles.record(1000, 0, 1);
  expect(quantiles.both(0)).toEqual({ p50: 1, p99: 1 });
  quantiles.record(1000, 0, 9);
  expect(quantiles.both(0)).toEqual({ p50: 1, p99: expect.closeTo(1024, -3) });
});

test("the past goes: after one span it still counts, after two no more", () => {
  const quantiles = new RecentQuantiles(1000);
  quantiles.record(5, 0);
  expect(quantiles.quantile(0.5, 1500)).not.toBeNull();
  expect(quantiles.quantile(0.5, 2500)).toBeNull();
  quantiles.record(7, 9000);
  expect(quantiles.quantile(0.5, 9000)).toBe(8);
});

test("nothing is too short or too long for it", () => {
  const quantiles = new RecentQuantiles();
  for (const ms of [-1, 0, 1e12]) quantiles.record(ms, 0);
  expect(quantiles.quantile(0.1, 0)).toBeGreaterThan(0);
  expect(quantiles.quantile(1, 0)).toBeLessThan(2 ** 24);
});
