import {
  foldJobs,
  standingOf,
  type JobConflict,
  type JobFact,
  type JobStanding,
} from "../domain/orders/foldJobs.ts";
import type { DirtyRange } from "../store/markDirtyHours.ts";
import { watchProducts } from "../quality/watchProducts.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readCapacitySlots } from "../store/readCapacitySlots.ts";
import { readFittingJobFacts, readJobFacts } from "../store/readJobFacts.ts";
import { readSlotHolds, type HeldInterval } from "../store/readSlotHolds.ts";
import { replaceJobConflicts } from "../store/replaceJobConflicts.ts";
import { replaceJobIntervals } from "../store/replaceJobIntervals.ts";
import { setJobStates, type JobStateChange } from "../store/setJobStates.ts";
import type { Transaction } from "../store/statement.ts";

export interface RefoldedLine {
  arisen: JobConflict[];
  /** Facts that did not fit before, and do now or were taken back. */
  gone: { command: string; job: string }[];
  states: JobStateChange[];
  /** Time in which a slot was held by another job than is known now. */
  moved: DirtyRange[];
}

/**
 * Folds the facts of a line again from a time on, and replaces what follows from them. What was before
 * that time cannot have changed: it is read as it stands. The line's dispatch queue is locked by the caller.
 *
 * @param jobs that have changed by more than the facts which are there.
 */
export async function refoldLine(
  tx: Transaction,
  {
    line,
    fromMs,
    nowMs,
    jobs = [],
  }: { line: string; fromMs: number; nowMs: number; jobs?: readonly string[] },
): Promise<RefoldedLine> {
  const facts = await readJobFacts(tx, { line, fromMs });
  const concerned = [...new Set([...jobs, ...facts.map(({ job }) => job)])];
  const slots = await readCapacitySlots(tx, line);
  const before = await readSlotHolds(tx, { line, fromMs });
  const standings = standingsOf(
    concerned,
    await readFittingJobFacts(tx, { jobs: concerned, beforeMs: fromMs }),
  );
  const folded = foldJobs(
    facts,
    slots.map(({ slot }) => slot),
    { jobs: standings, holds: before.filter((held) => held.fromMs < fromMs) },
  );
  const keys = new Map(slots.map(({ slot, key }) => [slot, key]));
  const after = folded.intervals.map((held) => ({ ...held, slotKey: keys.get(held.slot) ?? 0 }));
  const { gone, come } = difference(before, after);
  await replaceJobIntervals(tx, gone, come);
  const conflictsBefore = await replaceJobConflicts(tx, { line, fromMs }, folded.conflicts);
  const states = await setJobStates(
    tx,
    concerned.map((job) => ({
      job,
      state: (folded.jobs.get(job) ?? standings.get(job))?.state ?? "Waiting",
    })),
  );
  const moved = movedRanges(line, gone, come, nowMs);
  await markDirtyHours(tx, moved);
  const movedFromMs = Math.min(...moved.map((range) => range.fromMs));
  if (moved.length > 0) await watchProducts(tx, { line, fromMs: movedFromMs });
  return { ...conflictChanges(conflictsBefore, folded.conflicts), states, moved };
}

function standingsOf(jobs: readonly string[], facts: readonly JobFact[]): Map<string, JobStanding> {
  const byJob = Map.groupBy(facts, ({ job }) => job);
  return new Map(jobs.map((job) => [job, standingOf(byJob.get(job) ?? [])]));
}

function difference(before: readonly HeldInterval[], after: readonly HeldInterval[]) {
  const was = new Set(before.map(textOf));
  const is = new Set(after.map(textOf));
  return {
    gone: before.filter((held) => !is.has(textOf(held))),
    come: after.filter((held) => !was.has(textOf(held))),
  };
}

function textOf({ slot, job, phase, fromMs, toMs }: HeldInterval): string {
  return JSON.stringify([slot, job, phase, fromMs, toMs]);
}

/** An interval that only ends at another time has moved between its two ends. */
function movedRanges(
  line: string,
  gone: readonly HeldInterval[],
  come: readonly HeldInterval[],
  nowMs: number,
): DirtyRange[] {
  const endOf = ({ toMs }: HeldInterval) => toMs ?? nowMs;
  const twinOf = (held: HeldInterval, among: readonly HeldInterval[]) =>
    among.find((other) => textOf({ ...other, toMs: held.toMs }) === textOf(held));
  const ended = gone.flatMap((held) => {
    const twin = twinOf(held, come);
    if (twin === undefined) return [];
    const ends = [endOf(held), endOf(twin)];
    return [{ line, fromMs: Math.min(...ends), toMs: Math.max(...ends) }];
  });
  const replaced = [
    ...gone.filter((held) => twinOf(held, come) === undefined),
    ...come.filter((held) => twinOf(held, gone) === undefined),
  ].map((held) => ({ line, fromMs: held.fromMs, toMs: Math.max(held.fromMs, endOf(held)) }));
  return [...ended, ...replaced];
}

function conflictChanges(
  before: readonly { command: string; job: string }[],
  after: readonly JobConflict[],
): Pick<RefoldedLine, "arisen" | "gone"> {
  const was = new Set(before.map(({ command }) => command));
  const is = new Set(after.map(({ fact }) => fact.command));
  return {
    arisen: after.filter(({ fact }) => !was.has(fact.command)),
    gone: before.filter(({ command }) => !is.has(command)),
  };
}
