import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldJobs, standingOf, type FoldedLine, type JobFact } from "./foldJobs.ts";
import { jobFactKinds, type JobFactKind } from "@only-mes/protocols/plant/job-state";

let facts = 0;
function fact(atMs: number, job: string, kind: JobFactKind, more: Partial<JobFact> = {}): JobFact {
  facts += 1;
  return { command: `command-${facts}`, job, kind, atMs, slot: null, phase: null, ...more };
}

function statesOf({ jobs }: FoldedLine): Record<string, string> {
  return Object.fromEntries([...jobs].map(([job, { state }]) => [job, state]));
}

function heldBy({ intervals }: FoldedLine): unknown[] {
  return intervals.map(({ slot, job, phase, fromMs, toMs }) => [slot, job, phase, fromMs, toMs]);
}

describe("the jobs of a line", () => {
  it("[JF2] hold a slot from changeover to completion, and leave it while they are held", () => {
    const line = foldJobs(
      [
        fact(10, "a", "start", { phase: "setup" }),
        fact(20, "a", "beginProduction"),
        fact(30, "a", "hold"),
        fact(30, "b", "start"),
        fact(50, "b", "complete"),
        fact(60, "a", "resume"),
      ],
      [1],
    );
    expect(heldBy(line)).toEqual([
      [1, "a", "setup", 10, 20],
      [1, "a", "production", 20, 30],
      [1, "b", "production", 30, 50],
      [1, "a", "production", 60, null],
    ]);
    expect(statesOf(line)).toEqual({ a: "Running", b: "Completed" });
    expect(line.conflicts).toEqual([]);
  });

  it("[JF3] go on with the changeover in which they were held", () => {
    const line = foldJobs(
      [
        fact(10, "a", "start", { phase: "setup" }),
        fact(20, "a", "hold"),
        fact(30, "a", "resume"),
        fact(40, "a", "beginProduction"),
        fact(50, "a", "beginProduction"),
      ],
      [1],
    );
    expect(heldBy(line)).toEqual([
      [1, "a", "setup", 10, 20],
      [1, "a", "setup", 30, 40],
      [1, "a", "production", 40, null],
    ]);
    expect(line.conflicts).toMatchObject([{ reason: "state", fact: { atMs: 50 } }]);
  });

  it("[JF5] never share a slot: the second start is a conflict that names the job that runs", () => {
    const line = foldJobs([fact(10, "a", "start"), fact(20, "b", "start")], [1]);
    expect(line.conflicts).toMatchObject([
      { reason: "slot", withJob: "a", state: "Waiting", fact: { job: "b" } },
    ]);
    expect(statesOf(line)).toEqual({ a: "Running", b: "Waiting" });
  });

  it("[JF4] take the first free slot, or the one that they name", () => {
    const both = [fact(10, "a", "start"), fact(20, "b", "start")];
    expect(heldBy(foldJobs(both, [1, 2]))).toEqual([
      [1, "a", "production", 10, null],
      [2, "b", "production", 20, null],
    ]);
    const named = [fact(10, "a", "start", { slot: 2 }), fact(20, "b", "start", { slot: 2 })];
    expect(foldJobs(named, [1, 2]).conflicts).toMatchObject([{ withJob: "a" }]);
  });

  it("[JF10] change over in one instant, whatever the ids of the commands are", () => {
    const line = foldJobs(
      [
        fact(10, "a", "start"),
        fact(20, "b", "beginProduction", { command: "command-0a" }),
        fact(20, "b", "start", { command: "command-0b", phase: "setup" }),
        fact(20, "a", "complete", { command: "command-0c" }),
      ],
      [1],
    );
    expect(line.conflicts).toEqual([]);
    expect(heldBy(line)).toEqual([
      [1, "a", "production", 10, 20],
      [1, "b", "production", 20, null],
    ]);
  });

  it("[JF6] fit again once what was missing between them has come", () => {
    const [a, b] = [fact(10, "a", "start"), fact(20, "b", "start")];
    const line = foldJobs([b, fact(15, "a", "hold"), a], [1]);
    expect(line.conflicts).toEqual([]);
    expect(statesOf(line)).toEqual({ a: "Held", b: "Running" });
  });

  it("[JF7] have no interval without length", () => {
    const line = foldJobs([fact(10, "a", "start"), fact(10, "a", "complete")], [1]);
    expect(line.intervals).toEqual([]);
    expect(statesOf(line)).toEqual({ a: "Completed" });
  });
});

const anyFact = fc.record({
  job: fc.constantFrom("a", "b", "c", "d"),
  kind: fc.constantFrom(...jobFactKinds),
  atMs: fc.integer({ min: 0, max: 40 }),
  slot: fc.constantFrom(null, null, 1, 2),
  phase: fc.constantFrom(null, "setup" as const, "production" as const),
});

const anyFacts = fc
  .array(anyFact, { maxLength: 40 })
  .chain((list) =>
    fc
      .shuffledSubarray([...list.keys()], { minLength: list.length })
      .map((places) =>
        list.map((each, place): JobFact => ({ ...each, command: `command-${places[place]}` })),
      ),
  );

describe("whatever is told", () => {
  it("[JF1] ends alike in any order, and doubled", () => {
    fc.assert(
      fc.property(
        anyFacts.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
          ),
        ),
        ([list, shuffled]) => {
          expect(comparable(foldJobs(shuffled, [1, 2]))).toEqual(
            comparable(foldJobs(list, [1, 2])),
          );
        },
      ),
    );
  });

  it("[JF2] leaves at most one job in a slot and one slot to a job, and runs what holds one", () => {
    fc.assert(
      fc.property(anyFacts, (list) => {
        const line = foldJobs(list, [1, 2]);
        for (const key of ["slot", "job"] as const) {
          for (const a of line.intervals) {
            const others = line.intervals.filter((b) => b !== a && b[key] === a[key]);
            expect(others.filter((b) => overlaps(a, b))).toEqual([]);
          }
        }
        const open = line.intervals.filter(({ toMs }) => toMs === null).map(({ job }) => job);
        const running = [...line.jobs].filter(([, { state }]) => state === "Running");
        expect(running.map(([job]) => job).sort()).toEqual(open.sort());
      }),
    );
  });

  it("[JF8] may be folded on from any time, as if from the beginning", () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 0, max: 41 }), (list, cutMs) => {
        const whole = foldJobs(list, [1, 2]);
        const before = list.filter(({ atMs }) => atMs < cutMs);
        const unfit = new Set(foldJobs(before, [1, 2]).conflicts.map(({ fact }) => fact.command));
        const fitting = before.filter(({ command }) => !unfit.has(command));
        const jobs = new Map(
          ["a", "b", "c", "d"].map((id) => [
            id,
            standingOf(fitting.filter(({ job }) => job === id)),
          ]),
        );
        const holds = whole.intervals.filter(
          ({ fromMs, toMs }) => fromMs < cutMs && (toMs === null || toMs >= cutMs),
        );
        const rest = foldJobs(
          list.filter(({ atMs }) => atMs >= cutMs),
          [1, 2],
          { jobs, holds },
        );
        expect(rest.intervals).toEqual(
          whole.intervals.filter(({ toMs }) => toMs === null || toMs >= cutMs),
        );
        expect(rest.conflicts).toEqual(whole.conflicts.filter(({ fact }) => fact.atMs >= cutMs));
        for (const [job, standing] of rest.jobs) expect(standing).toEqual(whole.jobs.get(job));
      }),
    );
  });

  it("[JF1] where what does not fit is refused and sent again, ends as when it is kept", () => {
    const shuffledHistory = anyFacts
      .map((list) => {
        const unfit = new Set(foldJobs(list, [1, 2]).conflicts.map(({ fact }) => fact.command));
        return list.filter(({ command }) => !unfit.has(command));
      })
      .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
    let ended = 0;
    fc.assert(
      fc.property(shuffledHistory, (list) => {
        const taken = takenWithRefusals(list);
        if (taken.length < list.length) return;
        ended += list.length > 3 ? 1 : 0;
        expect(comparable(foldJobs(taken, [1, 2]))).toEqual(comparable(foldJobs(list, [1, 2])));
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(ended).toBeGreaterThan(30);
  });
});

/** What is taken if each fact that would leave a conflict is refused, and sent again as long as that helps. */
function takenWithRefusals(list: readonly JobFact[]): JobFact[] {
  let taken: JobFact[] = [];
  let waiting = list;
  for (;;) {
    const refused: JobFact[] = [];
    for (const each of waiting) {
      if (foldJobs([...taken, each], [1, 2]).conflicts.length > 0) refused.push(each);
      else taken = [...taken, each];
    }
    if (refused.length === waiting.length) return taken;
    waiting = refused;
  }
}

function comparable({ jobs, intervals, conflicts }: FoldedLine): unknown {
  return {
    intervals,
    conflicts,
    jobs: [...jobs].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function overlaps(
  a: { fromMs: number; toMs: number | null },
  b: { fromMs: number; toMs: number | null },
): boolean {
  return a.fromMs < (b.toMs ?? Infinity) && b.fromMs < (a.toMs ?? Infinity);
}
