import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import type { Pool, PoolClient } from "pg";
import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { FoldResult } from "../pipeline/laneTask.ts";
import { advanceCursors, type CursorAdvance } from "../store/advanceCursors.ts";
import { advanceLineFolds } from "../store/advanceLineFolds.ts";
import { copySamples } from "../store/copySamples.ts";
import { dropStateIntervals } from "../store/dropStateIntervals.ts";
import { insertCountEvents } from "../store/insertCountEvents.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertDeadLetters, type DeadLetter } from "../store/insertDeadLetters.ts";
import { insertSampleGaps, type SampleGap } from "../store/insertSampleGaps.ts";
import { insertSamplesUnnest } from "../store/insertSamplesUnnest.ts";
import { markDirtyHours, type DirtyRange } from "../store/markDirtyHours.ts";
import { markLateSamples } from "../store/markLateSamples.ts";
import { markDirtyWindows } from "../store/markDirtyWindows.ts";
import { putStateIntervals } from "../store/putStateIntervals.ts";
import type { StagedMessage } from "./batch.ts";
import type { Reached } from "./crashPoints.ts";

export interface BatchToCommit {
  /** Of `result`, without the unresolved ones. */
  messages: readonly StagedMessage[];
  /** Samples of each of them. */
  samples: readonly number[];
  /** Absent for a message that is put away as a dead letter. */
  result?: FoldResult;
  deadLetters: readonly DeadLetter[];
  gaps: readonly SampleGap[];
  /** Revision of each line that the batch folds, as the lane knows it. */
  lines: ReadonlyMap<string, number>;
  plantNowMs: number;
}

/**
 * One transaction: samples, what follows from them, and the cursor that says so. It commits all of
 * it or nothing.
 *
 * @throws {AlreadyCommitted | LineFoldStale} if another host was faster.
 */
export async function commitBatch(
  pool: Pool,
  batch: BatchToCommit,
  reached: Reached,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("BEGIN");
    await write(client, batch);
    reached("before-commit");
    const committed = client.query("COMMIT");
    reached("commit-sent");
    await committed;
  } catch (error) {
    broken ??= await rollback(client, error);
    throw error;
  } finally {
    client.removeListener("error", onError);
    client.release(broken);
  }
}

async function write(client: PoolClient, batch: BatchToCommit): Promise<void> {
  const { result, plantNowMs } = batch;
  if (result !== undefined) {
    const { samples, counts } = result;
    if (samples?.format === "copy") await copySamples(client, samples);
    else if (samples !== undefined) await insertSamplesUnnest(client, samples);
    if (counts !== undefined) await insertCountEvents(client, counts);
    await dropStateIntervals(client, result.goneStates, plantNowMs);
    await putStateIntervals(client, result.states, plantNowMs);
    await markDirtyWindows(client, result.lateWindows);
    await markLateSamples(client, result.lateSamples);
    await markDirtyHours(client, dirtyHoursOf(result, plantNowMs));
    await insertOutboxEvents(client, eventsOf(result));
    await advanceLineFolds(client, batch.lines);
    await insertSampleGaps(client, batch.gaps);
  }
  await insertDeadLetters(client, batch.deadLetters);
  await advanceCursors(client, cursorAdvances(batch.messages, batch.samples));
}

/** A new state lasts, as far as is known, until now. */
function dirtyHoursOf({ countChanges, stateChanges }: FoldResult, nowMs: number): DirtyRange[] {
  return [
    ...countChanges.map(({ unit, atMs }) => ({ line: lineOfUnit(unit), fromMs: atMs, toMs: atMs })),
    ...stateChanges.map(({ unit, fromMs }) => ({ line: lineOfUnit(unit), fromMs, toMs: nowMs })),
  ];
}

function eventsOf({ stateChanges }: FoldResult): DomainEvent[] {
  return stateChanges.map(({ unit, state, fromMs }) => ({
    kind: "unit.stateChanged",
    equipment: unit,
    atMs: fromMs,
    data: { state },
  }));
}

/** A connection on which a query hangs, or that fails to roll back, is not used again. */
async function rollback(client: PoolClient, cause: unknown): Promise<Error | undefined> {
  if (cause instanceof Error && cause.message === "Query read timeout") return cause;
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function cursorAdvances(
  messages: readonly StagedMessage[],
  samples: readonly number[],
): CursorAdvance[] {
  const bySource = new Map<
    string,
    { source: string; epoch: number; sequences: number[]; samples: number }
  >();
  for (const [index, { source, epoch, sequence }] of messages.entries()) {
    const key = `${source} ${epoch}`;
    const group = bySource.get(key) ?? { source, epoch, sequences: [], samples: 0 };
    group.sequences.push(sequence);
    group.samples += samples[index] ?? 0;
    bySource.set(key, group);
  }
  return [...bySource.values()].map(({ source, epoch, sequences, samples }) => ({
    source,
    epoch,
    samples,
    ranges: toRanges(sequences),
  }));
}

function toRanges(sequences: number[]): SequenceRange[] {
  const ranges: [number, number][] = [];
  for (const sequence of sequences.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && sequence <= last[1] + 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}
