import { describe, expect, it } from "vitest";
import { hoursMinutes, speechOf, stopwatch } from "./speech.ts";
import { intlOf } from "./words.ts";

const english = speechOf(intlOf({ locale: "en", terminology: {} }));
const german = speechOf(
  intlOf({ locale: "de", terminology: { "signal.oil-temperature": "Öltemperatur" } }),
);

describe("speech of a brand", () => {
  it("writes numbers as its language does, with a true minus", () => {
    expect(english.count(14_400)).toBe("14,400");
    expect(german.count(14_400)).toBe("14.400");
    expect(english.signed(-23)).toBe("\u221223");
    expect(english.signed(12)).toBe("+12");
    expect(english.signed(0)).toBe("0");
  });

  it("gives measured values digits by their size", () => {
    expect(english.measured(3.567891)).toBe("3.57");
    expect(english.measured(214.26)).toBe("214.3");
    expect(german.measured(12_345.6)).toBe("12.346");
  });

  it("says ages coarsely", () => {
    expect(english.age(12_900)).toBe("12 s");
    expect(english.age(-5)).toBe("0 s");
    expect(english.age(61_000)).toBe("1 min");
    expect(english.age(7_300_000)).toBe("2 h");
    expect(english.age(200_000_000)).toBe("2 d");
  });

  it("names what the core cannot know by the brand's word, else by the plant's own", () => {
    expect(german.own("signal", "oil-temperature")).toBe("Öltemperatur");
    expect(english.own("signal", "oil-temperature")).toBe("Oil temperature");
  });
});

it("writes times in the zone of the site, wherever the console stands", () => {
  const words = { locale: "en", terminology: {} };
  const noonUtc = Date.parse("2026-07-01T12:00:00Z");
  expect(speechOf(intlOf(words, "Europe/Berlin")).hourMinute(noonUtc)).toBe("14:00");
  expect(speechOf(intlOf(words, "America/Chicago")).hourMinute(noonUtc)).toBe("07:00");
});

it("shows durations as a stopwatch", () => {
  expect(stopwatch(7_000)).toBe("0:07");
  expect(stopwatch(252_999)).toBe("4:12");
  expect(stopwatch(3_852_000)).toBe("1:04:12");
  expect(stopwatch(-1)).toBe("0:00");
  expect(hoursMinutes(15_120_000)).toBe("4:12");
});
