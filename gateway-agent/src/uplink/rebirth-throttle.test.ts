import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RebirthThrottle } from "./rebirth-throttle.ts";

let performed: number[];
let throttle: RebirthThrottle;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  performed = [];
  throttle = new RebirthThrottle({
    everyMs: 1000,
    now: () => Date.now(),
    perform: () => performed.push(Date.now()),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test("one at once; what comes too soon after it comes together in one, as soon as it may", () => {
  throttle.ask();
  expect(performed).toEqual([0]);
  vi.advanceTimersByTime(300);
  for (let times = 0; times < 20; times += 1) throttle.ask();
  expect(performed).toEqual([0]);
  vi.advanceTimersByTime(5000);
  expect(performed).toEqual([0, 1000]);
  throttle.ask();
  expect(performed).toEqual([0, 1000, 5300]);
});

test("asked without end, it is one a second", () => {
  for (let at = 0; at < 10_000; at += 50) {
    throttle.ask();
    vi.advanceTimersByTime(50);
  }
  expect(performed).toEqual(Array.from({ length: 11 }, (_, second) => second * 1000));
});

test("what is due when the session ends is forgotten: the next one begins with births", () => {
  throttle.ask();
  throttle.ask();
  throttle.forget();
  vi.advanceTimersByTime(5000);
  expect(performed).toEqual([0]);
});
