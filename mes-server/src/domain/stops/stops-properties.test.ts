import { machineStates } from "@only-mes/protocols/plant/machine-state";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StateSpan } from "../lines/line-states.ts";
import { defaultReasonTree } from "./default-reason-tree.ts";
import { deriveStops, type StopInputs } from "./deriveStops.ts";
import { productionOfState } from "./standstills.ts";
import { standstillMs } from "./stop.ts";
import type { StopEdit } from "./stop-edit.ts";

const equipment = "line-1.press";
const endMs = 1_000;
const seed = Number(process.env["SEED"] ?? 20_261_124);
const numRuns = Number(process.env["RUNS"] ?? 300);

const spans: fc.Arbitrary<StateSpan[]> = fc
  .array(
    fc.record({
      state: fc.oneof(
        fc.constantFrom(...machineStates),
        fc.constantFrom("Execute" as const, "Held" as const),
      ),
      lasts: fc.integer({ min: 1, max: 80 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((steps) => {
    let atMs = 0;
    return steps.map(({ state, lasts }, index): StateSpan => {
      const fromMs = atMs;
      atMs += lasts;
      return { state, fromMs, toMs: index === steps.length - 1 ? null : atMs };
    });
  });

/** Edits of any kind and time; undos of edits before them, and of undos. */
const edits: fc.Arbitrary<StopEdit[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<StopEdit["kind"]>("reason", "reason", "split", "merge", "undo"),
      fromMs: fc.integer({ min: 0, max: 700 }),
      lasts: fc.option(fc.integer({ min: 1, max: 300 }), { nil: null }),
      reason: fc.constantFrom("jam", "cleaning", "changeover"),
      isNamed: fc.boolean(),
      occurredAtMs: fc.integer({ min: 0, max: endMs }),
      undoes: fc.nat(),
    }),
    { maxLength: 10 },
  )
  .map((drawn) =>
    drawn.map(({ kind, fromMs, lasts, reason, isNamed, occurredAtMs, undoes }, index): StopEdit => {
      const edit = { id: `edit-${index}`, equipment, fromMs, occurredAtMs };
      if (kind === "undo" && index > 0) {
        return { ...edit, kind, toMs: fromMs, undoes: `edit-${undoes % index}` };
      }
      if (kind === "split") return { ...edit, kind, toMs: fromMs };
      const toMs = lasts === null ? null : fromMs + lasts;
      const named = kind === "merge" ? isNamed : true;
      return { ...edit, kind: kind === "merge" ? kind : "reason", toMs, ...(named && { reason }) };
    }),
  );

function derive(spans: StateSpan[], edits: StopEdit[], more: Partial<StopInputs> = {}) {
  return deriveStops({
    equipment,
    spans,
    thresholds: [{ fromMs: 0, thresholdMs: 30 }],
    stopCodes: [],
    edits,
    reasons: { versions: [defaultReasonTree] },
    ...more,
  });
}

describe("stops, whatever happens and whatever is said of them", () => {
  it("[ST3] are the same in whatever order edits came, and however often", () => {
    fc.assert(
      fc.property(
        spans,
        edits.chain((made) =>
          fc.tuple(
            fc.constant(made),
            fc.shuffledSubarray([...made, ...made], { minLength: made.length * 2 }),
          ),
        ),
        (states, [made, shuffled]) => {
          expect(derive(states, shuffled)).toEqual(derive(states, made));
        },
      ),
      { seed, numRuns },
    );
  });

  it("[ST1] [ST8] never overlap, and are together all the time that was not produced", () => {
    const modes = fc
      .array(fc.integer({ min: 0, max: 800 }), { maxLength: 6 })
      .map((times) => [...new Set(times)].sort((a, b) => a - b))
      .map((times) =>
        times.flatMap((fromMs, index) =>
          index % 2 === 0 ? [{ fromMs, toMs: times[index + 1] ?? null }] : [],
        ),
      );
    fc.assert(
      fc.property(spans, edits, modes, (states, made, outsideProduction) => {
        const stops = derive(states, made, { outsideProduction });
        const parts = stops.flatMap((stop) => stop.parts);
        for (const [index, part] of parts.entries()) {
          expect(part.toMs ?? Infinity).toBeGreaterThan(part.fromMs);
          const nextMs = parts[index + 1]?.fromMs ?? Infinity;
          expect(part.toMs ?? nextMs).toBeLessThanOrEqual(nextMs);
        }
        const stood = stops.reduce((sum, stop) => sum + standstillMs(stop, 0, 2_000), 0);
        const lost = states
          .filter(({ state }) => productionOfState[state] !== "produces")
          .reduce((sum, { fromMs, toMs }) => sum + (toMs ?? 2_000) - fromMs, 0);
        expect(stood).toBe(lost);
        expect(new Set(stops.map(({ id }) => id)).size).toBe(stops.length);
      }),
      { seed, numRuns },
    );
  });

  it("[ST3] are as before once an edit is undone, and as with it once that is undone", () => {
    fc.assert(
      fc.property(spans, edits, fc.nat(), (states, made, drawn) => {
        const target = made[drawn % Math.max(1, made.length)];
        if (target === undefined) return;
        const later = { equipment, fromMs: 0, toMs: 0, occurredAtMs: endMs + 1 };
        const undo: StopEdit = { ...later, id: "undo", kind: "undo", undoes: target.id };
        const redo: StopEdit = { ...later, id: "redo", kind: "undo", undoes: "undo" };
        const without = made.filter(({ id, undoes }) => id !== target.id && undoes !== target.id);
        const isUndone = made.some(({ undoes }) => undoes === target.id);
        expect(derive(states, [...made, undo])).toEqual(
          derive(states, isUndone ? [...made, undo] : without),
        );
        expect(derive(states, [...made, undo, redo])).toEqual(derive(states, made));
      }),
      { seed, numRuns },
    );
  });

  it("overlap in what is said, never in time: 900 and 830 min in 978 are 900, and 8.0 % is left", () => {
    const minuteMs = 60_000;
    const states: StateSpan[] = [
      { state: "Held", fromMs: 0, toMs: 900 * minuteMs },
      { state: "Execute", fromMs: 900 * minuteMs, toMs: 978 * minuteMs },
    ];
    const said = (id: string, fromMs: number, reason: string): StopEdit => ({
      id,
      equipment,
      kind: "reason",
      fromMs,
      toMs: 900 * minuteMs,
      reason,
      occurredAtMs: 978 * minuteMs,
    });
    const stops = derive(states, [said("a", 0, "jam"), said("b", 70 * minuteMs, "cleaning")]);
    const stood = stops.reduce((sum, stop) => sum + standstillMs(stop, 0, 978 * minuteMs), 0);
    expect(stood).toBe(900 * minuteMs);
    expect((1 - stood / (978 * minuteMs)) * 100).toBeCloseTo(8.0, 1);
  });
});
