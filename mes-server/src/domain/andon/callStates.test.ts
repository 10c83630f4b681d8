import { callActions, callStates } from "@only-mes/protocols/console/andon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callTransitions, foldCall } from "./callStates.ts";
import { dueSteps, ruleOf } from "./escalation.ts";

describe("an andon call", () => {
  it("knows every action in every state", () => {
    const cells = callStates.map((state) => [
      state,
      ...callActions.map((action) => callTransitions[state][action]),
    ]);
    expect(cells).toEqual([
      ["open", "acknowledged", "inProgress", "resolved", "cancelled"],
      ["acknowledged", "acknowledged", "inProgress", "resolved", "cancelled"],
      ["inProgress", "inProgress", "inProgress", "resolved", "cancelled"],
      ["resolved", "resolved", "resolved", "resolved", "resolved"],
      ["cancelled", "cancelled", "cancelled", "cancelled", "cancelled"],
    ]);
  });

  it("ends alike in whatever order its steps come", () => {
    const step = fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      action: fc.constantFrom(...callActions),
      occurredAtMs: fc.integer({ min: 0, max: 5 }),
      actor: fc.constantFrom("a", "b"),
    });
    const steps = fc.uniqueArray(step, { selector: ({ id }) => id, maxLength: 6 });
    fc.assert(
      fc.property(
        steps.chain((of) =>
          fc.tuple(fc.constant(of), fc.shuffledSubarray(of, { minLength: of.length })),
        ),
        ([one, other]) => {
          expect(foldCall(0, other)).toEqual(foldCall(0, one));
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe("escalation", () => {
  const step = { afterMs: 10, unless: "acknowledged" as const, to: ["role:lead"] };
  const rule = (id: string, equipment: string | null, kind: "help" | null) => ({
    id,
    equipment,
    kind,
    steps: [step, { ...step, afterMs: 20, unless: "resolved" as const }],
    version: 1,
  });

  it("goes by the nearest rule, and there by the one of its kind", () => {
    const rules = [
      rule("all", null, null),
      rule("all-help", null, "help"),
      rule("area", "e/s/a", null),
      rule("line", "l", "help"),
    ];
    const of = (equipment: string[], kind: "help" | "safety") =>
      ruleOf(rules, { equipment, kind })?.id;
    expect(of(["l", "e/s/a"], "help")).toBe("line");
    expect(of(["l", "e/s/a"], "safety")).toBe("area");
    expect(of(["k", "e/s/b"], "help")).toBe("all-help");
    expect(of(["k"], "safety")).toBe("all");
    expect(ruleOf([], { equipment: ["l"], kind: "help" })).toBeUndefined();
  });

  it("takes the steps that are due and not needless", () => {
    const call = {
      raisedAtMs: 100,
      acknowledgedAtMs: null,
      endedAtMs: null,
      kind: "help" as const,
      equipment: [],
    };
    const due = (changes: object, nowMs: number) =>
      dueSteps(rule("all", null, null), { ...call, ...changes }, nowMs).map((one) => one.step);
    expect([due({}, 109), due({}, 110), due({}, 120)]).toEqual([[], [0], [0, 1]]);
    expect(due({ acknowledgedAtMs: 105 }, 200)).toEqual([1]);
    expect(due({ acknowledgedAtMs: 105, endedAtMs: 115 }, 200)).toEqual([]);
  });
});
