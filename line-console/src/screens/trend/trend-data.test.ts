import type { HistoryBucket } from "@only-mes/protocols/console/http";
import { expect, it } from "vitest";
import { rangeOf, trendDataOf, withLivePoint } from "./trend-data.ts";

function bucket(second: number, min: number | null, max = min, count = 3): HistoryBucket {
  const at = new Date(second * 1_000).toISOString();
  return { at, min, max, first: min, last: max, count };
}

it("holds a value over a short silence, and leaves a gap for a long one", () => {
  const data = trendDataOf(
    [bucket(0, 1, 2), bucket(1, null, null, 0), bucket(2, 3), bucket(60, 4)],
    1_000,
    [],
    5_000,
    null,
  );
  expect(data.atMs).toEqual([0, 2_000, 3_001, 60_000]);
  expect(data.last).toEqual([2, 3, null, 4]);
  expect(data.lowest).toEqual([1, 3, null, 4]);
});

it("keeps a value that could not be read as a gap", () => {
  const data = trendDataOf(
    [bucket(0, 1), bucket(1, null, null, 1), bucket(2, 2)],
    1_000,
    [],
    5_000,
    null,
  );
  expect(data.last).toEqual([1, null, 2]);
});

it("goes on with what arrived live, and takes nothing twice", () => {
  const live = [
    { atMs: 900, value: 7 },
    { atMs: 1_500, value: 8 },
    { atMs: 2_500, value: null },
  ];
  const data = trendDataOf([bucket(0, 1)], 1_000, live, 5_000, null);
  expect(data.atMs).toEqual([0, 1_500, 2_500]);
  expect(data.last).toEqual([1, 8, null]);
});

it("holds the newest value until now, unless it could not be read", () => {
  const held = trendDataOf([bucket(0, 1, 4)], 1_000, [], 5_000, 3_000);
  expect(held.atMs).toEqual([0, 3_000]);
  expect(held.lowest).toEqual([1, 4]);
  const unread = trendDataOf([], 0, [{ atMs: 1, value: null }], 5_000, 3_000);
  expect(unread.atMs).toEqual([1]);
});

it("bounds what arrived live by its window", () => {
  const first = withLivePoint([], { atMs: 1_000, value: 1 }, 0);
  expect(withLivePoint(first, { atMs: 1_000, value: 2 }, 0)).toBe(first);
  expect(withLivePoint(first, { atMs: 9_000, value: 2 }, 5_000)).toEqual([
    { atMs: 9_000, value: 2 },
  ]);
});

it("knows the lowest and highest, or that there is none", () => {
  const data = trendDataOf([bucket(0, 1, 9), bucket(1, -2, 3)], 1_000, [], 5_000, null);
  expect(rangeOf(data)).toEqual({ lowest: -2, highest: 9 });
  expect(rangeOf(trendDataOf([], 1_000, [], 5_000, null))).toBeNull();
});
