import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DriverError, type Reading, type Turn } from "../drivers/contract.ts";
import { DeviceFigures } from "./device-figures.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = (changes: Partial<Turn> = {}): Turn => ({
  periodMs: 100,
  intervalMs: 100,
  lateMs: 0,
  roundTripMs: 4,
  scheduled: 50,
  delivered: 50,
  missedTurns: 0,
  ...changes,
});
const gone = new DriverError("gone", { device: "plc-1", code: "closed" });
const groupOf = (figures: DeviceFigures) => figures.status(undefined, 0).groups[0];

describe("completeness: of all that was due, what came", () => {
  test("counts what could not be read, and turns for which there was no time", () => {
    const figures = new DeviceFigures();
    figures.turned(turn());
    figures.turned(turn({ delivered: 25, missedTurns: 2, lateMs: 60 }));
    expect(groupOf(figures)).toMatchObject({
      turns: 2,
      scheduled: 200,
      delivered: 75,
      completeness: 0.375,
      periodKept: 0.25,
    });
  });

  test("counts an outage while it lasts, and after it", () => {
    const figures = new DeviceFigures();
    figures.connected();
    figures.turned(turn());
    figures.lost(gone);
    vi.advanceTimersByTime(1000);
    expect(groupOf(figures)).toMatchObject({ scheduled: 550, delivered: 50 });
    figures.connected();
    vi.advanceTimersByTime(5000);
    figures.turned(turn());
    expect(groupOf(figures)).toMatchObject({ scheduled: 600, delivered: 100 });
  });

  test("is unknown before the first turn, though the group is known", () => {
    const figures = new DeviceFigures([1000, 100]);
    const { groups } = figures.status(undefined, 0);
    expect(groups.map(({ periodMs, completeness }) => [periodMs, completeness])).toEqual([
      [100, null],
      [1000, null],
    ]);
  });

  test("has an age: from when a turn was due to its last answer", () => {
    const figures = new DeviceFigures();
    figures.turned(turn({ lateMs: 28, roundTripMs: 4 }));
    expect(groupOf(figures)).toMatchObject({
      roundTripMs: { p50: 4, p99: 4 },
      ageMs: { p50: 32, p99: 32 },
    });
  });
});

test("groups and exception codes are bounded, whatever a device answers", () => {
  const figures = new DeviceFigures();
  for (let at = 0; at < 1000; at += 1) {
    figures.turned(turn({ periodMs: at + 1 }));
    figures.failed(new DriverError("no", { device: "plc-1", code: "refused", exception: at }));
  }
  const { groups, exceptions } = figures.status(undefined, 0);
  expect(groups).toHaveLength(16);
  expect(Object.keys(exceptions)).toHaveLength(32);
});

describe("the clock of a device, against the gateway's", () => {
  const sourced = (timeMs: number, isSourced = true): Reading => ({
    tag: 0,
    timeMs,
    sourced: isSourced,
    value: 1,
  });

  test.for([
    ["ahead", 35_000, false],
    ["behind", -35_000, false],
    ["right", 0, true],
  ] as const)("is %s", ([, skewMs, isTrusted]) => {
    const figures = new DeviceFigures();
    // What it says first may be of long ago.
    figures.read([sourced(1_000_000 - 3_600_000 + skewMs)], 1_000_000);
    figures.read([sourced(1_000_900 + skewMs)], 1_001_000);
    figures.read([sourced(1_001_990 + skewMs), sourced(1_001_200 + skewMs)], 1_002_000);
    // The same again is no news.
    figures.read([sourced(1_001_990 + skewMs)], 1_009_000);
    expect(figures.status(undefined, 1_009_000).sourceClock).toEqual({
      skewMs: skewMs - 10,
      isTrusted,
    });
  });

  test("is unknown without times of its own, and again when it has said nothing new for long", () => {
    const figures = new DeviceFigures();
    figures.read([sourced(5, false)], 1000);
    figures.read([sourced(6, false)], 2000);
    expect(figures.status(undefined, 2000).sourceClock).toEqual({ skewMs: null, isTrusted: true });
    figures.read([sourced(2000)], 3000);
    figures.read([sourced(4000)], 4000);
    expect(figures.status(undefined, 4000).sourceClock.skewMs).toBe(0);
    figures.status(undefined, 70_000);
    expect(figures.status(undefined, 140_000).sourceClock.skewMs).toBeNull();
  });

  test("is heard again after it was set back", () => {
    const figures = new DeviceFigures();
    figures.read([sourced(1000)], 1000);
    figures.read([sourced(9_000_000)], 2000);
    for (let nowMs = 70_000; nowMs < 300_000; nowMs += 10_000) {
      figures.read([sourced(nowMs)], nowMs);
    }
    expect(figures.status(undefined, 300_000).sourceClock).toEqual({ skewMs: 0, isTrusted: true });
  });
});
