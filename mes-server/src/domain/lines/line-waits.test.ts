import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { describe, expect, it } from "vitest";
import { defaultLineRule, lineStatesByRules, type LineRule, type UnitSpans } from "./line-rule.ts";
import { stateOfSeries, type StateSpan } from "./line-states.ts";
import { waitsByRules, waitsOf } from "./line-waits.ts";

function unit(id: string, position: number, ...begins: [number, MachineState][]): UnitSpans {
  const spans = begins.map(([fromMs, state], index): StateSpan => ({
    state,
    fromMs,
    toMs: begins[index + 1]?.[0] ?? null,
  }));
  return { id, position, pacesLine: position === 0, spans };
}

function waits(...units: UnitSpans[]): string[] {
  return waitsOf(units, defaultLineRule.waitingStates).map(
    ({ unit, kind, position, fromMs, toMs }) =>
      `${unit} ${kind} by ${position} ${fromMs}-${toMs ?? ""}`,
  );
}

describe("units that wait for their neighbours", () => {
  it("are starved by the machine before them that is down, over those that wait themselves", () => {
    expect(
      waits(
        unit("filler", 0, [0, "Execute"], [10, "Held"], [40, "Execute"]),
        unit("capper", 1, [0, "Execute"], [12, "Suspended"], [42, "Execute"]),
        unit("packer", 2, [0, "Execute"], [15, "Suspended"], [45, "Execute"]),
      ),
    ).toEqual(["capper starved by 0 12-40", "packer starved by 0 15-40"]);
  });

  it("are blocked by the machine behind them that is down", () => {
    expect(
      waits(
        unit("filler", 0, [0, "Execute"], [14, "Suspended"], [40, "Execute"]),
        unit("capper", 1, [0, "Execute"], [12, "Suspended"], [42, "Execute"]),
        unit("packer", 2, [0, "Execute"], [10, "Aborted"], [35, "Execute"]),
      ),
    ).toEqual(["capper blocked by 2 12-35", "filler blocked by 2 14-35"]);
  });

  it("wait for the nearer one, and for nobody if all of them wait", () => {
    expect(
      waits(
        unit("a", 0, [0, "Held"]),
        unit("b", 1, [0, "Idle"]),
        unit("c", 2, [0, "Idle"]),
        unit("d", 3, [0, "Stopped"]),
      ),
    ).toEqual(["b starved by 0 0-", "c blocked by 3 0-"]);
    expect(waits(unit("a", 0, [0, "Idle"]), unit("b", 1, [0, "Idle"]))).toEqual([]);
  });

  it("do not wait for one that runs, that nobody sees, or that has one beside it that runs", () => {
    expect(waits(unit("a", 0, [0, "Execute"]), unit("b", 1, [0, "Suspended"]))).toEqual([]);
    expect(waits(unit("a", 0, [0, "Unknown"]), unit("b", 1, [0, "Suspended"]))).toEqual([]);
    expect(
      waits(
        unit("a1", 0, [0, "Held"]),
        unit("a2", 0, [0, "Execute"], [10, "Held"]),
        unit("b", 1, [0, "Suspended"]),
      ),
    ).toEqual(["b starved by 0 10-"]);
  });

  it("wait in the states that the line's rule of the time says", () => {
    const units = [unit("a", 0, [0, "Aborted"]), unit("b", 1, [0, "Held"])];
    const rule: LineRule = { ...defaultLineRule, fromMs: 0, toMs: 10 };
    const later: LineRule = { ...rule, fromMs: 10, toMs: null, waitingStates: ["Held"] };
    expect(waitsByRules(units, [rule, later])).toEqual([
      { unit: "b", kind: "starved", position: 0, fromMs: 10, toMs: null },
    ]);
  });
});

describe("the state of a line by its rules", () => {
  it.each<[MachineState[], MachineState | undefined]>([
    [["Execute", "Execute"], "Execute"],
    [["Execute", "Suspended"], "Suspended"],
    [["Suspended", "Aborted"], "Aborted"],
    [["Execute", "Unknown"], "Unknown"],
    [["Held", "Unknown"], "Held"],
    [[], undefined],
  ])("of a series of %j is %s", (states, expected) => {
    expect(stateOfSeries(states)).toBe(expected);
  });

  it("is each time that of the rule of the time, without a seam where it stays", () => {
    const units = [
      unit("a", 0, [0, "Execute"], [20, "Held"]),
      unit("b", 1, [0, "Execute"], [10, "Held"], [30, "Execute"]),
    ];
    const rule: LineRule = { ...defaultLineRule, fromMs: 0, toMs: 5 };
    const series: LineRule = {
      ...rule,
      fromMs: 5,
      toMs: 25,
      bottleneck: { units: ["a", "b"], combine: "series" },
    };
    const other: LineRule = {
      ...rule,
      fromMs: 25,
      toMs: null,
      bottleneck: { units: ["b", "gone"], combine: "parallel" },
    };
    expect(lineStatesByRules(units, [rule, series, other])).toEqual([
      { state: "Execute", fromMs: 0, toMs: 10 },
      { state: "Held", fromMs: 10, toMs: 30 },
      { state: "Execute", fromMs: 30, toMs: null },
    ]);
  });
});
