import { describe, expect, it } from "vitest";
import { formatClockSetting, parseClockSetting, plantClock, wallClockSetting } from "./clock.ts";

describe("plant time", () => {
  it("is the wall clock if nothing else is said", () => {
    const clock = plantClock(wallClockSetting, () => 1_700_000_000_123);
    expect(clock.now()).toBe(1_700_000_000_123);
    expect(clock.realDelayMs(500)).toBe(500);
  });

  it("runs so many times as fast from its origin on, in whole milliseconds", () => {
    let realMs = 1000;
    const setting = { realOriginMs: 1000, plantOriginMs: 50_000, speed: 60 };
    const clock = plantClock(setting, () => realMs);
    expect(clock.now()).toBe(50_000);
    realMs = 1020.4;
    expect(clock.now()).toBe(51_224);
    expect(clock.realDelayMs(6000)).toBe(100);
  });

  it("is handed to another process as text", () => {
    const setting = { realOriginMs: 1, plantOriginMs: 2, speed: 0.5 };
    expect(parseClockSetting(formatClockSetting(setting))).toEqual(setting);
  });

  it.each(["", "1,2", "1,2,0", "1,2,-1", "1,2,x", "1,2,3,4"])("refuses %j, naming it", (text) => {
    expect(() => parseClockSetting(text)).toThrow(`clock "${text}" is not`);
  });
});
