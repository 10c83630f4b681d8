import fc from "fast-check";
import { expect, it } from "vitest";
import { foldDowntime, type DowntimeFact } from "./fold-downtime.ts";

const planned: DowntimeFact = {
  command: "plan",
  occurredAtMs: 50,
  cancelled: false,
  kind: "cleaning",
  fromMs: 100,
  toMs: 200,
  note: "",
};

it("takes of each part what was said last, whatever came first", () => {
  const changes = [
    { command: "b", occurredAtMs: 70, cancelled: false, toMs: 300 },
    { command: "c", occurredAtMs: 60, cancelled: false, toMs: 400, note: "longer" },
  ];
  const expected = { ...planned, toMs: 300, note: "longer", version: 3 };
  expect(expected).toMatchObject(foldDowntime("plan", [planned, ...changes]));
});

it("begins with what planned it, though something else is said to have happened before", () => {
  const before = { command: "a", occurredAtMs: 10, cancelled: false, toMs: 300 };
  expect(foldDowntime("plan", [before, planned]).toMs).toBe(300);
});

it("ends alike in every order", () => {
  const change = fc.record({
    occurredAtMs: fc.integer({ min: 0, max: 3 }),
    cancelled: fc.boolean(),
    fromMs: fc.integer(),
    toMs: fc.integer(),
    note: fc.string(),
  });
  fc.assert(
    fc.property(
      fc
        .array(change, { maxLength: 6 })
        .map((changes) => [planned, ...changes.map((each, n) => ({ ...each, command: `c${n}` }))])
        .chain((facts) =>
          fc.tuple(
            fc.constant(facts),
            fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }),
          ),
        ),
      ([facts, shuffled]) => {
        expect(foldDowntime("plan", shuffled)).toEqual(foldDowntime("plan", facts));
      },
    ),
  );
});
