import { describe, expect, it } from "vitest";
import { idealRateOfLine, outputUnits, targetByNow } from "./line-figures.ts";
import { RateWindow } from "./rate-window.ts";

const plain = { position: 0, pacesLine: false, outputOfLine: false };

describe("the figures of a line", () => {
  it("counts the units marked as its output, else the last along the line", () => {
    const filler = { ...plain, position: 0 };
    const packer = { ...plain, position: 3 };
    const marked = { ...plain, position: 1, outputOfLine: true };
    expect(outputUnits([filler, packer])).toEqual([packer]);
    expect(outputUnits([filler, marked, packer])).toEqual([marked]);
    expect(outputUnits([])).toEqual([]);
  });

  it("adds the ideal rates of units that pace it side by side", () => {
    const press = { ...plain, pacesLine: true, idealRatePerMinute: 60 };
    expect(idealRateOfLine([press, press, plain])).toBe(120);
    expect(idealRateOfLine([press, { ...plain, pacesLine: true }])).toBeUndefined();
    expect(idealRateOfLine([plain])).toBeUndefined();
  });

  it("owes whole pieces from the start of the shift, and none before it", () => {
    expect(targetByNow(240, 1_000, 61_000)).toBe(240);
    expect(targetByNow(1, 0, 59_999)).toBe(0);
    expect(targetByNow(240, 1_000, 0)).toBe(0);
  });

  it("owes nothing for the part of its time that is a break", () => {
    const breaks = [
      { fromMs: -30_000, toMs: 30_000 },
      { fromMs: 120_000, toMs: 180_000 },
    ];
    expect(targetByNow(60, 0, 60_000, breaks)).toBe(30);
    expect(targetByNow(60, 0, 150_000, breaks)).toBe(90);
    expect(targetByNow(60, 0, 240_000, breaks)).toBe(150);
  });
});

describe("the rate over five minutes", () => {
  it("forgets what is older, and is pieces a minute", () => {
    const rate = new RateWindow(0);
    for (let second = 0; second < 1200; second += 1) rate.add(second * 1000, 4);
    expect(rate.perMinute(1_199_999)).toBeCloseTo(240, 0);
    expect(rate.perMinute(1_199_999 + 300_000)).toBe(0);
  });

  it("is taken over what was observed, so that a new line does not seem slow", () => {
    const rate = new RateWindow(1_000_000);
    for (let second = 0; second < 60; second += 1) rate.add(1_000_000 + second * 1000, 4);
    expect(rate.perMinute(1_060_000)).toBeCloseTo(240, 0);
  });
});
