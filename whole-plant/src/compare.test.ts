import { describe, expect, it } from "vitest";
import { compareUnit, type ComparisonInput, type Span } from "./compare.ts";

const spans = (...changes: [Span["state"], number][]): Span[] =>
  changes.map(([state, fromMs], index) => ({
    state,
    fromMs,
    toMs: changes[index + 1]?.[1] ?? null,
  }));

const truthStates = spans(
  ["Execute", 0],
  ["Held", 10_000],
  ["Execute", 20_000],
  ["Stopped", 50_000],
);

function input(result: Partial<ComparisonInput["result"]>, rest: Partial<ComparisonInput> = {}) {
  return {
    unit: "press-a",
    truth: { good: 100, scrap: 2, states: truthStates },
    result: { good: 100, scrap: 2, states: truthStates, ...result },
    fromMs: 0,
    toMs: 60_000,
    toleranceMs: 250,
    blindness: [],
    ...rest,
  };
}

describe("the comparison with the ground truth", () => {
  it("finds nothing where both are equal", () => {
    expect(compareUnit(input({}))).toEqual({
      differences: [],
      stateChanges: 4,
      stateTimeErrorMsMax: 0,
      unobservedMs: 0,
    });
  });

  it("names one piece too many or too few", () => {
    expect(compareUnit(input({ good: 101, scrap: 1 })).differences).toEqual([
      "press-a: good is 101, the truth is 100",
      "press-a: scrap is 1, the truth is 2",
    ]);
  });

  it("accepts a change within one poll period, and none beyond", () => {
    const late = (ms: number): Span[] =>
      spans(["Execute", 0], ["Held", 10_000 + ms], ["Execute", 20_000], ["Stopped", 50_000]);
    expect(compareUnit(input({ states: late(250) }))).toMatchObject({
      differences: [],
      stateTimeErrorMsMax: 250,
    });
    expect(compareUnit(input({ states: late(251) })).differences).toHaveLength(1);
  });

  it("finds a change that was missed, and one that was invented", () => {
    const missed = spans(["Execute", 0], ["Stopped", 50_000]);
    expect(compareUnit(input({ states: missed })).differences).toHaveLength(1);
    const invented = spans(
      ["Execute", 0],
      ["Held", 10_000],
      ["Execute", 20_000],
      ["Held", 30_000],
      ["Execute", 31_000],
      ["Stopped", 50_000],
    );
    expect(compareUnit(input({ states: invented })).differences).toHaveLength(1);
  });

  it("finds a hole between intervals", () => {
    const holed: Span[] = truthStates.map((span, index) =>
      index === 1 ? { ...span, toMs: 19_000 } : span,
    );
    expect(compareUnit(input({ states: holed })).differences[0]).toContain("leave a hole");
  });

  it("takes an unknown window only with a fault that explains it", () => {
    const states = spans(
      ["Execute", 0],
      ["Unknown", 9_000],
      ["Execute", 21_000],
      ["Stopped", 50_000],
    );
    expect(compareUnit(input({ states })).differences[0]).toContain("without a fault");
    const blindness = [{ kind: "killGateway", fromMs: 8_900, toMs: 21_500 }];
    expect(compareUnit(input({ states }, { blindness }))).toMatchObject({
      differences: [],
      unobservedMs: 12_000,
    });
  });

  it("compares the states on both sides of an unknown window", () => {
    const states = spans(["Execute", 0], ["Unknown", 9_000], ["Held", 21_000], ["Stopped", 50_000]);
    const blindness = [{ kind: "disconnectPlc", fromMs: 8_900, toMs: 21_500 }];
    expect(compareUnit(input({ states }, { blindness })).differences).toHaveLength(1);
  });
});
