import { expect, it } from "vitest";
import { createLane } from "./lane.ts";

it("folds no window again of a signal that it has been told to forget, nor without a beginning", () => {
  const lane = createLane("unnest");
  const signal = { key: 7, id: "l.u.good", unit: "l.u", role: "goodCount" as const, datatype: 7 };
  const begin = { kind: "refoldBegin" as const, signal: 7, seed: { key: 7 }, untilMs: 0 };
  const page = { kind: "refoldPage" as const, samples: "[]", isLast: true };
  lane.load({ kind: "load", signals: [signal], seeds: [], bindings: [] });
  lane.refoldBegin(begin);
  expect(lane.refoldPage(page)).toMatchObject({ met: false });
  lane.refoldAdopt({ kind: "refoldAdopt", met: false, isOpen: false });
  expect(() => lane.refoldPage(page)).toThrow("no refold has begun");
  lane.forget([7]);
  expect(() => lane.refoldBegin(begin)).toThrow("does not know signal 7");
});
