import { alarmSettings, type AlarmSettings } from "@only-mes/protocols/console/alarms";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  conditionsBefore,
  foldConditions,
  nothingYet,
  type RuleVersion,
  type Transition,
} from "./conditionFold.ts";
import { conditionRules, limitProblem, type Reading } from "./conditionRules.ts";

function settings(changes: object): AlarmSettings {
  return alarmSettings.parse({ name: "Temperature", priority: "high", ...changes });
}

function always(changes: object): RuleVersion[] {
  return [{ fromMs: 0, rules: conditionRules(settings(changes), { "4": "Held", "6": "Execute" }) }];
}

function readings(...pairs: [number, number | null][]): Reading[] {
  return pairs.map(([tsMs, value]) => ({ tsMs, value }));
}

/** The occurrences that transitions make; those of no length are none. */
function intervalsOf(transitions: readonly Transition[]): Transition[] {
  const rows = new Map<string, Transition>();
  for (const transition of transitions) {
    const { level, raisedAtMs, clearedAtMs } = transition;
    const key = `${level ?? ""} ${raisedAtMs}`;
    if (raisedAtMs === clearedAtMs) rows.delete(key);
    else rows.set(key, transition);
  }
  return [...rows.values()];
}

/** Occurrences as `level from-to`. */
function occurrencesOf(transitions: readonly Transition[]): string[] {
  return intervalsOf(transitions)
    .map(({ level, raisedAtMs, clearedAtMs }) =>
      `${level ?? ""} ${raisedAtMs}-${clearedAtMs ?? ""}`.trim(),
    )
    .sort();
}

function fold(versions: readonly RuleVersion[], samples: Reading[], silentToMs = -Infinity) {
  return occurrencesOf(foldConditions(nothingYet, versions, samples, silentToMs).transitions);
}

describe("the condition of an alarm", () => {
  const hi = { condition: { kind: "limits", hi: { at: 80 }, deadband: 5 } };

  it("is raised at the limit and returns only beyond the deadband", () => {
    const samples = readings([1, 79.9], [2, 80], [3, 76], [4, 75], [5, 74.9], [6, 79], [7, 81]);
    expect(fold(always(hi), samples)).toEqual(["hi 2-5", "hi 7-"]);
  });

  it("knows limits on both sides, each an alarm of its own", () => {
    const condition = {
      kind: "limits",
      hihi: { at: 9 },
      hi: { at: 8 },
      lo: { at: 2 },
      lolo: { at: 1 },
    };
    const samples = readings([1, 5], [2, 8.5], [3, 9.5], [4, 5], [5, 0.5], [6, 1.5], [7, 5]);
    expect(fold(always({ condition }), samples)).toEqual([
      "hi 2-4",
      "hihi 3-4",
      "lo 5-7",
      "lolo 5-6",
    ]);
  });

  it("is raised when its delay ends in source time, whenever the next sample comes", () => {
    const delayed = always({ ...hi, onDelayMs: 1000, offDelayMs: 500 });
    const samples = readings([1000, 90], [9000, 20], [9600, 90]);
    expect(fold(delayed, samples)).toEqual(["hi 2000-9500"]);
    expect(fold(delayed, samples, 10_599)).toEqual(["hi 2000-9500"]);
    expect(fold(delayed, samples, 10_600)).toEqual(["hi 10600-", "hi 2000-9500"]);
  });

  it("does not chatter while each time is shorter than the delay", () => {
    const delayed = always({ ...hi, onDelayMs: 1000 });
    const samples = Array.from({ length: 50 }, (_, at) => ({
      tsMs: at * 900,
      value: at % 2 ? 90 : 20,
    }));
    expect(fold(delayed, samples)).toEqual([]);
  });

  it("neither comes nor goes by a value that could not be read", () => {
    const samples = readings([1, 90], [2, null], [3, 90], [4, 20], [5, null], [6, 90]);
    expect(fold(always(hi), samples)).toEqual(["hi 1-4", "hi 6-"]);
    const delayed = always({ ...hi, onDelayMs: 10 });
    expect(fold(delayed, readings([1, 90], [5, null], [20, 20]))).toEqual([]);
    expect(fold(always({ condition: { kind: "unreadable" } }), samples)).toEqual(["2-3", "5-6"]);
  });

  it("may be a bit, a code, a state for longer than a time, or a rate", () => {
    expect(
      fold(
        always({ condition: { kind: "status", when: false } }),
        readings([1, 1], [2, 0], [3, 1]),
      ),
    ).toEqual(["2-3"]);
    expect(
      fold(
        always({ condition: { kind: "code", codes: [7, 9] } }),
        readings([1, 7], [2, 9], [3, 0]),
      ),
    ).toEqual(["1-3"]);
    const held = always({ condition: { kind: "state", states: ["Held"] }, onDelayMs: 100 });
    expect(fold(held, readings([0, 6], [10, 4], [50, 6], [60, 4], [400, 6]))).toEqual(["160-400"]);
    const unknown = always({ condition: { kind: "state", states: ["Unknown"] } });
    expect(fold(unknown, readings([1, 6], [2, null], [3, 6], [4, 99]))).toEqual(["2-3", "4-"]);
    const rising = always({ condition: { kind: "rate", perMinute: 60, direction: "rising" } });
    expect(fold(rising, readings([0, 0], [1000, 2], [2000, 2.5], [3000, 9]))).toEqual([
      "1000-2000",
      "3000-",
    ]);
  });

  it("follows a new version from its begin on, by the value that holds then", () => {
    const versions: RuleVersion[] = [
      ...always(hi),
      {
        fromMs: 50,
        rules: conditionRules(settings({ condition: { kind: "limits", hi: { at: 60 } } }), {}),
      },
      { fromMs: 90, rules: [] },
    ];
    expect(fold(versions, readings([10, 70], [60, 71]), 70)).toEqual(["hi 50-"]);
    expect(fold(versions, readings([10, 70], [60, 71]), 100)).toEqual(["hi 50-90"]);
  });

  it("stands the same however the readings are cut, and wherever it begins again", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(null));
    const sample = fc.tuple(fc.integer({ min: 0, max: 40 }), value);
    const limits = fc.record({
      condition: fc.constantFrom(
        { kind: "limits", hihi: { at: 9 }, hi: { at: 7 }, lo: { at: 3 }, deadband: 1 },
        { kind: "limits", hi: { at: 5 }, deadband: 0 },
      ),
      onDelayMs: fc.integer({ min: 0, max: 12 }),
      offDelayMs: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 30 }),
        fc.tuple(limits, limits),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 41 }),
        fc.integer({ min: 0, max: 30 }),
        (drawn, [first, second], changeMs, fromMs, cut) => {
          const versions = [first, second].map((one, index) => ({
            fromMs: index === 0 ? 0 : changeMs,
            rules: conditionRules(settings(one), {}),
          }));
          const samples = drawn
            .map(([tsMs, of]) => ({ tsMs, value: of }))
            .sort((a, b) => a.tsMs - b.tsMs);
          const whole = foldConditions(nothingYet, versions, samples, 100);
          const begin = foldConditions(nothingYet, versions, samples.slice(0, cut), -Infinity);
          const end = foldConditions(begin.state, versions, samples.slice(cut), 100);
          const expected = occurrencesOf(whole.transitions);
          expect(occurrencesOf([...begin.transitions, ...end.transitions])).toEqual(expected);

          const known = intervalsOf(whole.transitions);
          const delayMs = Math.max(
            ...[first, second].flatMap((of) => [of.onDelayMs, of.offDelayMs]),
          );
          const before = samples.filter(({ tsMs }) => tsMs < fromMs);
          const firstInside = before.findIndex(({ tsMs }) => tsMs >= fromMs - delayMs);
          const readFrom = Math.max(0, (firstInside === -1 ? before.length : firstInside) - 2);
          const state = conditionsBefore(versions, fromMs, before.slice(readFrom), known);
          const again = foldConditions(state, versions, samples.slice(before.length), 100);
          const kept = known
            .filter(({ raisedAtMs }) => raisedAtMs < fromMs)
            .map((of) => ({
              ...of,
              clearedAtMs: (of.clearedAtMs ?? 999) >= fromMs ? null : of.clearedAtMs,
            }));
          expect(occurrencesOf([...kept, ...again.transitions])).toEqual(expected);
        },
      ),
      { seed: 11, numRuns: 5000 },
    );
  });
});

describe("limits", () => {
  it.each([
    [{ hi: { at: 5 }, lo: { at: 5 } }, "lo 5 is not below hi 5."],
    [{ hihi: { at: 5 }, hi: { at: 6 } }, "hi 6 is not below hihi 5."],
    [{}, "No limit is given."],
    [
      { hi: { at: 6 }, lo: { at: 4 }, deadband: 1 },
      "The deadband 1 leaves nothing between lo 4 and hi 6.",
    ],
    [{ hi: { at: 6 }, lo: { at: 4 } }, undefined],
  ])("%j: %s", (limits, problem) => {
    expect(limitProblem({ kind: "limits", deadband: 0, ...limits })).toBe(problem);
  });
});
