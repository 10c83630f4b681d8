import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineStates, type MachineState } from "@only-mes/protocols/plant/machine-state";
import { clipped, lineStates, pacingUnits, stateOfLine, type StateSpan } from "./line-states.ts";

describe("the state of a line", () => {
  it.each<[MachineState[], MachineState | undefined]>([
    [["Held", "Execute"], "Execute"],
    [["Completing", "Execute"], "Execute"],
    [["Held", "Suspended"], "Suspended"],
    [["Unknown", "Aborted"], "Aborted"],
    [["Held", "Aborted"], "Held"],
    [["Unknown", "Unknown"], "Unknown"],
    [[], undefined],
  ])("of %j is %s", (states, expected) => {
    expect(stateOfLine(states)).toBe(expected);
  });

  it("is that of its pacing units, or of all where none paces it", () => {
    const filler = { id: "filler", pacesLine: true };
    const packer = { id: "packer", pacesLine: false };
    expect(pacingUnits([filler, packer])).toEqual([filler]);
    expect(pacingUnits([packer])).toEqual([packer]);
  });
});

describe("the states of a line over time", () => {
  it("runs on while the presses take turns, since the first of them ran", () => {
    const left: StateSpan[] = [
      { state: "Stopped", fromMs: 0, toMs: 10 },
      { state: "Execute", fromMs: 10, toMs: 30 },
      { state: "Held", fromMs: 30, toMs: null },
    ];
    const right: StateSpan[] = [
      { state: "Idle", fromMs: 5, toMs: 20 },
      { state: "Execute", fromMs: 20, toMs: 50 },
      { state: "Aborted", fromMs: 50, toMs: null },
    ];
    expect(lineStates([left, right])).toEqual([
      { state: "Stopped", fromMs: 0, toMs: 5 },
      { state: "Idle", fromMs: 5, toMs: 10 },
      { state: "Execute", fromMs: 10, toMs: 50 },
      { state: "Held", fromMs: 50, toMs: null },
    ]);
  });

  it("does not break where one press hands over to the other in the same millisecond", () => {
    const left: StateSpan[] = [
      { state: "Execute", fromMs: 0, toMs: 10 },
      { state: "Held", fromMs: 10, toMs: null },
    ];
    const right: StateSpan[] = [
      { state: "Held", fromMs: 0, toMs: 10 },
      { state: "Execute", fromMs: 10, toMs: null },
    ];
    expect(lineStates([left, right])).toEqual([{ state: "Execute", fromMs: 0, toMs: null }]);
  });

  it("has a hole where no unit had a state", () => {
    const spans: StateSpan[] = [
      { state: "Execute", fromMs: 0, toMs: 10 },
      { state: "Execute", fromMs: 20, toMs: null },
    ];
    expect(lineStates([spans])).toEqual(spans);
  });

  it("equals, at every instant, the state that the units' states of that instant make", () => {
    const spansOfUnit = fc
      .array(
        fc.record({
          state: fc.constantFrom(...machineStates),
          lasts: fc.integer({ min: 1, max: 9 }),
        }),
        { maxLength: 12 },
      )
      .map((steps) => {
        let atMs = 0;
        return steps.map(({ state, lasts }, index): StateSpan => {
          const fromMs = atMs;
          atMs += lasts;
          return { state, fromMs, toMs: index === steps.length - 1 ? null : atMs };
        });
      });
    const at = (spans: readonly StateSpan[], ms: number): MachineState | undefined =>
      spans.find((span) => span.fromMs <= ms && (span.toMs === null || ms < span.toMs))?.state;
    fc.assert(
      fc.property(fc.array(spansOfUnit, { maxLength: 4 }), (units) => {
        const line = lineStates(units);
        for (let ms = 0; ms < 120; ms += 1) {
          const states = units.map((spans) => at(spans, ms)).filter((state) => state !== undefined);
          expect(at(line, ms)).toBe(stateOfLine(states));
        }
        line.slice(1).forEach((span, index) => {
          const before = line[index];
          expect(before?.toMs === span.fromMs && before.state === span.state).toBe(false);
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe("clipping to a window", () => {
  it("cuts both ends, keeps an open end, and leaves out what only touches", () => {
    const spans: StateSpan[] = [
      { state: "Idle", fromMs: 0, toMs: 10 },
      { state: "Execute", fromMs: 10, toMs: 30 },
      { state: "Held", fromMs: 30, toMs: null },
    ];
    expect(clipped(spans, 10, 30)).toEqual([{ state: "Execute", fromMs: 10, toMs: 30 }]);
    expect(clipped(spans, 5, 35)).toEqual([
      { state: "Idle", fromMs: 5, toMs: 10 },
      { state: "Execute", fromMs: 10, toMs: 30 },
      { state: "Held", fromMs: 30, toMs: null },
    ]);
  });
});
