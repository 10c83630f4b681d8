import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pickingSpan, subgroupsOfReadings } from "./signal-subgroups.ts";

const signal = "line-1.press.force";
const bySeconds = { by: "signal", signal, everySeconds: 10 } as const;
const bySamples = { by: "signal", signal, everySamples: 5 } as const;
const each = (count: number, stepMs = 1000) =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * stepMs, value: index }));

describe("subgroups from a signal", () => {
  it("are the first readings of every interval", () => {
    expect(subgroupsOfReadings(bySeconds, 3, each(25))).toEqual([
      { atMs: 0, values: [0, 1, 2] },
      { atMs: 10_000, values: [10, 11, 12] },
      { atMs: 20_000, values: [20, 21, 22] },
    ]);
  });

  it("are not made of too few readings", () => {
    expect(subgroupsOfReadings(bySeconds, 3, each(22)).map(({ atMs }) => atMs)).toEqual([
      0, 10_000,
    ]);
  });

  it("are every n-th reading, counted anew each hour", () => {
    const readings = each(12, 600_000);
    expect(subgroupsOfReadings(bySamples, 1, readings).map(({ values }) => values)).toEqual([
      [0],
      [5],
      [6],
      [11],
    ]);
  });

  it("of a late reading change in its own span only", () => {
    const readings = fc.uniqueArray(fc.integer({ min: 0, max: 6 * 3_600_000 }), {
      minLength: 5,
      maxLength: 60,
    });
    const sampling = fc.constantFrom(bySamples, { ...bySeconds, everySeconds: 1800 });
    fc.assert(
      fc.property(readings, sampling, fc.integer({ min: 1, max: 3 }), (times, by, size) => {
        const [late = 0, ...others] = times;
        const rowsOf = (list: number[]) =>
          list.toSorted((a, b) => a - b).map((atMs) => ({ atMs, value: atMs }));
        const { fromMs, toMs } = pickingSpan(by, late);
        const isElsewhere = ({ atMs }: { atMs: number }) => atMs < fromMs || atMs >= toMs;
        expect(subgroupsOfReadings(by, size, rowsOf(times)).filter(isElsewhere)).toEqual(
          subgroupsOfReadings(by, size, rowsOf(others)).filter(isElsewhere),
        );
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});
