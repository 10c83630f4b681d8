import { alarmActions, alarmStates, type AlarmState } from "@only-mes/protocols/console/alarms";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldAlarm, type AlarmFact } from "./alarmFold.ts";
import { alarmTransitions, isAccepted } from "./alarmStates.ts";

const start = { state: "normal" as const, sinceMs: 0, shelvedUntilMs: null };

function fact(
  action: AlarmFact["action"],
  occurredAtMs: number,
  untilMs: number | null = null,
  id = "",
): AlarmFact {
  return { id, action, occurredAtMs, actor: "badge:1", comment: null, untilMs };
}

const short: Record<AlarmState, string> = {
  normal: "NORM",
  unacknowledged: "UNACK",
  acknowledged: "ACKED",
  returnedUnacknowledged: "RTNUN",
  shelved: "SHLVD",
  suppressedByDesign: "DSUPR",
  outOfService: "OOSRV",
};

describe("the states of an alarm", () => {
  it("are a total table", () => {
    const events = ["raise", "clear", ...alarmActions] as const;
    const rows = alarmStates.map((state) =>
      [state, ...events.map((event) => alarmTransitions[state][event])]
        .map((one) => short[one])
        .join(" "),
    );
    // state: raise clear acknowledge shelve unshelve suppress unsuppress removeFromService returnToService
    expect(rows).toEqual([
      "NORM UNACK NORM NORM SHLVD NORM DSUPR NORM OOSRV NORM",
      "UNACK UNACK RTNUN ACKED SHLVD UNACK DSUPR UNACK OOSRV UNACK",
      "ACKED ACKED NORM ACKED SHLVD ACKED DSUPR ACKED OOSRV ACKED",
      "RTNUN UNACK RTNUN NORM SHLVD RTNUN DSUPR RTNUN OOSRV RTNUN",
      "SHLVD SHLVD SHLVD SHLVD SHLVD NORM DSUPR SHLVD OOSRV SHLVD",
      "DSUPR DSUPR DSUPR DSUPR DSUPR DSUPR DSUPR NORM OOSRV DSUPR",
      "OOSRV OOSRV OOSRV OOSRV OOSRV OOSRV OOSRV OOSRV OOSRV NORM",
    ]);
    expect(isAccepted("shelved", "shelve")).toBe(true);
    expect(isAccepted("acknowledged", "acknowledge")).toBe(false);
  });

  const from = (raisedAtMs: number, clearedAtMs: number | null = null) => ({
    raisedAtMs,
    clearedAtMs,
  });
  const standOf = (...given: Parameters<typeof foldAlarm>) => foldAlarm(...given).stand;

  it.each([
    ["raised", [from(10)], [], "unacknowledged", 10],
    ["acknowledged", [from(10)], [fact("acknowledge", 12)], "acknowledged", 12],
    ["acknowledged and over", [from(10, 15)], [fact("acknowledge", 12)], "normal", 15],
    ["over before anybody saw it", [from(10, 15)], [], "returnedUnacknowledged", 15],
    ["seen after it was over", [from(10, 15)], [fact("acknowledge", 20)], "normal", 20],
    ["acknowledged before it came", [from(10)], [fact("acknowledge", 5)], "unacknowledged", 10],
    ["shelved while it came", [from(10)], [fact("shelve", 5, 50)], "shelved", 5],
    ["shelved until it is over", [from(10, 20)], [fact("shelve", 5, 30)], "normal", 30],
    ["shelved, and still so after", [from(10)], [fact("shelve", 5, 30)], "unacknowledged", 30],
    [
      "shelved again for longer",
      [from(10)],
      [fact("shelve", 5, 30), fact("shelve", 20, 60)],
      "shelved",
      5,
    ],
    [
      "brought back by hand",
      [from(10)],
      [fact("shelve", 5, 60), fact("unshelve", 20)],
      "unacknowledged",
      20,
    ],
    [
      "suppressed",
      [from(10)],
      [fact("suppress", 5), fact("shelve", 6, 8)],
      "suppressedByDesign",
      5,
    ],
    [
      "out of service",
      [from(10)],
      [fact("removeFromService", 5), fact("suppress", 6)],
      "outOfService",
      5,
    ],
    [
      "in service again",
      [from(10)],
      [fact("removeFromService", 5), fact("returnToService", 20)],
      "unacknowledged",
      20,
    ],
  ])("%s", (_name, intervals, facts, state, sinceMs) => {
    expect(standOf(start, intervals, facts, 40)).toMatchObject({ state, sinceMs });
  });

  it("remember who acknowledged which occurrence", () => {
    const { occurrences } = foldAlarm(
      start,
      [from(10, 12), from(20)],
      [fact("acknowledge", 25)],
      40,
    );
    expect(occurrences.map(({ acknowledged }) => acknowledged?.atMs)).toEqual([undefined, 25]);
  });

  it("stand the same in whatever order facts come, and from whichever occurrence the fold begins", () => {
    const facts = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 3 }),
        action: fc.constantFrom(...alarmActions),
        occurredAtMs: fc.integer({ min: 0, max: 60 }),
        actor: fc.constant("badge:1"),
        comment: fc.constant(null),
        untilMs: fc.integer({ min: 0, max: 80 }),
      }),
      { selector: ({ id }) => id, maxLength: 10 },
    );
    const bounds = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        facts.chain((of) =>
          fc.tuple(fc.constant(of), fc.shuffledSubarray(of, { minLength: of.length })),
        ),
        bounds,
        fc.nat(),
        ([inOrder, shuffled], times, pick) => {
          const sorted = times.toSorted((a, b) => a - b);
          const intervals = sorted.flatMap((atMs, index) =>
            index % 2 === 0 ? [from(atMs, sorted[index + 1] ?? null)] : [],
          );
          const whole = foldAlarm(start, intervals, inOrder, 70);
          expect(foldAlarm(start, intervals, shuffled, 70)).toEqual(whole);
          const index = pick % intervals.length;
          const begin = whole.occurrences[index];
          if (begin === undefined) return;
          const later = inOrder.filter(({ occurredAtMs }) => occurredAtMs >= begin.raisedAtMs);
          const part = foldAlarm(begin.before, intervals.slice(index), later, 70);
          expect(part.stand).toEqual(whole.stand);
          expect(part.occurrences).toEqual(whole.occurrences.slice(index));
        },
      ),
      { seed: 8, numRuns: 2000 },
    );
  });
});
