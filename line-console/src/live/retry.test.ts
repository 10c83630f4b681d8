import { expect, it } from "vitest";
import { retryDelayMs } from "./retry.ts";

const settings = { retryFirstMs: 500, retryMaxMs: 5_000 };

it("[LV4] waits twice as long after every failure, up to the longest wait", () => {
  const waits = [0, 1, 2, 3, 4, 1_000].map((failures) => retryDelayMs(failures, settings, 1));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

it("[LV4] spreads a hall of consoles over half of the wait", () => {
  expect(retryDelayMs(3, settings, 0)).toBe(2_000);
  expect(retryDelayMs(3, settings, 0.5)).toBe(3_000);
});
