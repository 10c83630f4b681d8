import type { JobFactKind, JobPhase, JobState } from "@only-mes/protocols/plant/job-state";
import { jobTransitions } from "./job-states.ts";

/** What was told of a job: it was so at `atMs`, whenever it was told. */
export interface JobFact {
  /** Id of the command that told it: the order of facts of the same time and turn. */
  command: string;
  job: string;
  kind: JobFactKind;
  atMs: number;
  /** Of a start or a resume; null: the first slot that is free then. */
  slot: number | null;
  /** Of a start: `setup` if it began with a changeover. */
  phase: JobPhase | null;
}

export interface JobStanding {
  state: JobState;
  /** What a held job goes on with. */
  phase: JobPhase;
}

export interface SlotHold {
  slot: number;
  job: string;
  phase: JobPhase;
  fromMs: number;
}

/** Where a line stands at a time before all facts that are folded. */
export interface LineStanding {
  /** A job that is not in it has not begun. */
  jobs: ReadonlyMap<string, JobStanding>;
  holds: readonly SlotHold[];
}

/** A fact that does not fit what was so before it: it is kept, and changes nothing. */
export interface JobConflict {
  fact: JobFact;
  /** `state`: the job's state then does not allow it; `slot`: another job holds the slot. */
  reason: "state" | "slot";
  /** Of the job, then. */
  state: JobState;
  /** That holds the slot. */
  withJob: string | null;
}

export interface FoldedLine {
  /** Jobs that the facts are about. */
  jobs: Map<string, JobStanding>;
  intervals: (SlotHold & { toMs: number | null })[];
  /** In order of (time, command). */
  conflicts: JobConflict[];
}

const emptyLine: LineStanding = { jobs: new Map(), holds: [] };

/**
 * Folds what was told of the jobs of a line. The outcome follows from the set of facts alone: they
 * are taken in order of (time, turn of their kind, command), each of them once, however they have arrived.
 *
 * @param slots of the line, the first one first.
 */
export function foldJobs(
  facts: Iterable<JobFact>,
  slots: readonly number[],
  begin: LineStanding = emptyLine,
): FoldedLine {
  const line = openLine(slots, begin);
  const conflicts = takeInTurns(facts, (fact) => line.take(fact));
  conflicts.sort((a, b) => a.fact.atMs - b.fact.atMs || compareCommands(a.fact, b.fact));
  return { ...line.end(), conflicts };
}

/** At the same time, a slot is left before it is taken, and taken before anything happens in it. */
const turnOfKind: Record<JobFactKind, number> = {
  complete: 0,
  abort: 0,
  hold: 0,
  start: 1,
  resume: 1,
  beginProduction: 2,
  close: 3,
};

/** Of facts of the same time and turn, the ids of their commands decide. */
function compareFacts(a: JobFact, b: JobFact): number {
  return a.atMs - b.atMs || turnOfKind[a.kind] - turnOfKind[b.kind] || compareCommands(a, b);
}

function compareCommands(a: JobFact, b: JobFact): number {
  return a.command < b.command ? -1 : a.command > b.command ? 1 : 0;
}

function inOrder(facts: Iterable<JobFact>): JobFact[] {
  const sorted = [...facts].sort(compareFacts);
  return sorted.filter(({ command }, place) => command !== sorted[place - 1]?.command);
}

/**
 * Takes facts in their order; one that does not fit is tried again once others of the same time are
 * taken. Answers what became of those that never fit.
 */
function takeInTurns<Unfit>(
  facts: Iterable<JobFact>,
  take: (fact: JobFact) => Unfit | undefined,
): Unfit[] {
  const unfit: Unfit[] = [];
  for (const ofOneTime of Map.groupBy(inOrder(facts), ({ atMs }) => atMs).values()) {
    for (let left = ofOneTime; left.length > 0;) {
      const tried = left.map((fact) => ({ fact, problem: take(fact) }));
      const problems = tried.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
      if (problems.length === left.length) {
        unfit.push(...problems);
        break;
      }
      left = tried.flatMap(({ fact, problem }) => (problem === undefined ? [] : [fact]));
    }
  }
  return unfit;
}

const notBegun: JobStanding = { state: "Waiting", phase: "production" };

function openLine(slots: readonly number[], begin: LineStanding) {
  const jobs = new Map<string, JobStanding>();
  const holds = new Map(begin.holds.map((hold) => [hold.slot, hold]));
  const intervals: FoldedLine["intervals"] = [];

  function leave(job: string, atMs: number): void {
    for (const [slot, hold] of holds) {
      if (hold.job !== job) continue;
      holds.delete(slot);
      if (hold.fromMs < atMs) intervals.push({ ...hold, toMs: atMs });
    }
  }

  function enter({ job, atMs, slot: wanted }: JobFact, phase: JobPhase): string | undefined {
    const slot = wanted ?? slots.find((each) => !holds.has(each)) ?? slots[0] ?? 1;
    const holder = holds.get(slot);
    if (holder !== undefined) return holder.job;
    holds.set(slot, { slot, job, phase, fromMs: atMs });
    return undefined;
  }

  function change(fact: JobFact, phase: JobPhase): string | undefined {
    if (fact.kind === "start" || fact.kind === "resume") return enter(fact, phase);
    const held = [...holds.values()].find(({ job }) => job === fact.job);
    leave(fact.job, fact.atMs);
    if (fact.kind === "beginProduction" && held !== undefined) {
      holds.set(held.slot, { ...held, phase, fromMs: fact.atMs });
    }
    return undefined;
  }

  return {
    take(fact: JobFact): JobConflict | undefined {
      const before = jobs.get(fact.job) ?? begin.jobs.get(fact.job) ?? notBegun;
      jobs.set(fact.job, before);
      const next = standingAfter(before, fact);
      if (next === undefined) {
        return { fact, reason: "state", state: before.state, withJob: null };
      }
      const holder = change(fact, next.phase);
      if (holder !== undefined) {
        return { fact, reason: "slot", state: before.state, withJob: holder };
      }
      jobs.set(fact.job, next);
      return undefined;
    },
    end(): Omit<FoldedLine, "conflicts"> {
      const open = [...holds.values()].map((hold) => ({ ...hold, toMs: null }));
      const all = [...intervals, ...open];
      return {
        jobs,
        intervals: all.sort((a, b) => a.slot - b.slot || a.fromMs - b.fromMs),
      };
    },
  };
}

/** What a job's own facts make of it, given that it gets its slot; `undefined` if it cannot be. */
function standingAfter(
  { state, phase }: JobStanding,
  fact: Pick<JobFact, "kind" | "phase">,
): JobStanding | undefined {
  const next = jobTransitions[state][fact.kind];
  if (next === null) return undefined;
  if (fact.kind === "start") return { state: next, phase: fact.phase ?? "production" };
  if (fact.kind !== "beginProduction") return { state: next, phase };
  return phase === "setup" ? { state: next, phase: "production" } : undefined;
}

/** Where a job stands after facts of its own that have fitted, in any order. */
export function standingOf(facts: Iterable<JobFact>): JobStanding {
  let standing = notBegun;
  takeInTurns(facts, (fact) => {
    const next = standingAfter(standing, fact);
    standing = next ?? standing;
    return next === undefined ? fact : undefined;
  });
  return standing;
}
