import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { describe, expect, test } from "vitest";
import { advanceState, stateOfCode, type UnitState } from "./stateFold.ts";

function fold(...samples: [state: MachineState, atMs: number][]): (string | UnitState)[] {
  let unit: UnitState | undefined;
  const changes = samples.map(([state, atMs]): string => {
    const { next, change } = advanceState(unit, state, atMs);
    unit = next;
    return change;
  });
  return unit === undefined ? changes : [...changes, unit];
}

describe("machine states", () => {
  test("[SF1] codes mean what the definition says, and no more", () => {
    const states = { 6: "Execute", "-1": "Held" } as const;
    expect(stateOfCode(6, states)).toBe("Execute");
    expect(stateOfCode(-1, states)).toBe("Held");
    expect(stateOfCode(7, states)).toBeUndefined();
    expect(stateOfCode(Number("NaN"), states)).toBeUndefined();
  });

  test("[SF3] equal states in succession are one interval", () => {
    expect(fold(["Execute", 0], ["Execute", 10])).toEqual([
      "opened",
      "none",
      { state: "Execute", sinceMs: 0 },
    ]);
  });

  test("another state begins an interval", () => {
    expect(fold(["Execute", 0], ["Held", 10])).toEqual([
      "opened",
      "opened",
      { state: "Held", sinceMs: 10, before: { state: "Execute", sinceMs: 0 } },
    ]);
  });

  test("[SF4] of two samples of one time the later holds", () => {
    expect(fold(["Execute", 0], ["Held", 10], ["Stopped", 10])).toEqual([
      "opened",
      "opened",
      "replaced",
      { state: "Stopped", sinceMs: 10, before: { state: "Execute", sinceMs: 0 } },
    ]);
  });

  test("[SF4] an interval of no length does not exist: the one before goes on", () => {
    expect(fold(["Execute", 0], ["Held", 10], ["Execute", 10])).toEqual([
      "opened",
      "opened",
      "rejoined",
      { state: "Execute", sinceMs: 0 },
    ]);
  });
});
