import { setTimeout as delay } from "node:timers/promises";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { FoldResult, LaneBinding } from "../pipeline/laneTask.ts";
import type { LaneThread } from "../pipeline/laneThread.ts";
import type { SampleGap } from "../store/insertSampleGaps.ts";
import type { StagedMessage } from "./batch.ts";
import { commitBatch } from "./commitBatch.ts";
import type { RecalculatedWindow } from "./committed.ts";
import type { Reached } from "./crashPoints.ts";
import type { DeadLetterGate } from "./deadLetterGate.ts";
import { batchDeadLetters, refusedByDatabase } from "./deadLetters.ts";
import { foldTask } from "./foldTask.ts";
import { laneMemory, type BoundLaneSignal } from "./laneMemory.ts";
import type { Measures } from "./measures.ts";
import { messageQueue } from "./messageQueue.ts";
import { pauses } from "./pauses.ts";
import { refoldSignal } from "./refoldSignal.ts";
import { faultOf } from "./sqlFault.ts";

export interface LaneRunnerParts {
  lane: number;
  thread: LaneThread;
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  measures: Measures;
  deadLetters: DeadLetterGate;
  reached: Reached;
  /** Tests end the lane's thread before a batch. */
  laneDies: () => boolean;
  queueSamplesMax: number;
  batchSamplesMax: number;
  lingerMs: number;
  /** While late samples keep coming, what follows from them is folded again this often at most. */
  refoldEveryMs: number;
  /** Samples of a signal that a refold holds at once, and replaces in one transaction. */
  refoldPageRows: number;
  /** After commit, in the order of the commits. `result` is absent for a message put away. */
  onCommitted: (messages: readonly StagedMessage[], result: FoldResult | undefined) => void;
  /** These hold metrics that no birth has told; they were not committed. */
  onUnresolved: (messages: readonly StagedMessage[]) => void;
  onRecalculated: (windows: RecalculatedWindow[]) => void;
  /** Another host committed some of these; answers those that are still to be done. */
  recheck: (messages: readonly StagedMessage[]) => Promise<StagedMessage[]>;
}

/** One lane's way from queue to commit: while one batch commits, the next is folded. */
export interface LaneRunner {
  /** False: the queue is full. */
  offer(message: StagedMessage): boolean;
  /** Signals of earlier births, told before any birth comes; or bound to something else meanwhile. */
  know(signals: readonly BoundLaneSignal[]): void;
  /** Messages with this binding may be offered after it. */
  bind(binding: LaneBinding, signals: readonly BoundLaneSignal[]): Promise<void>;
  forget(signals: readonly number[]): void;
  /** Commits what is queued, within the time, and ends. */
  close(withinMs: number): Promise<void>;
}

/** Refolds in one go: the present waits no longer than this and the refold that is under way. */
const refoldSliceMs = 250;

interface Committing {
  messages: readonly StagedMessage[];
  done: Promise<boolean>;
}

export function startLaneRunner(parts: LaneRunnerParts): LaneRunner {
  const { thread, pool, clock, log, measures, reached } = parts;
  const queue = messageQueue(parts.queueSamplesMax);
  const memory = laneMemory(parts);
  const pause = pauses();
  const life: { isClosing: boolean; isAborted: boolean; committing?: Committing | undefined } = {
    isClosing: false,
    isAborted: false,
  };
  let refoldNotBeforeMs = 0;
  /** The last slice left some: they wait only for what came meanwhile. */
  let hasRefoldsLeft = false;

  const signal = (): void => {
    measures.queuedSamples.set({ lane: parts.lane }, queue.samples);
    pause.wake();
  };

  /** Waits for the commit under way. False: what was folded on top of it must be folded again. */
  const settle = async (onTop: readonly StagedMessage[] = []): Promise<boolean> => {
    const before = life.committing;
    life.committing = undefined;
    if (before === undefined || (await before.done)) return true;
    queue.again(onTop);
    return false;
  };

  const gather = async (): Promise<readonly StagedMessage[] | undefined> => {
    if (!queue.hasAgain && queue.samples < parts.batchSamplesMax && !life.isClosing) {
      const until = performance.now() + parts.lingerMs;
      for (let left = parts.lingerMs; left > 0; left = until - performance.now()) {
        if (queue.samples >= parts.batchSamplesMax || life.isClosing) break;
        await pause.sleep(left);
      }
    }
    return queue.take(parts.batchSamplesMax);
  };

  const fold = async (messages: readonly StagedMessage[]): Promise<FoldResult | undefined> => {
    reached("received");
    if (parts.laneDies()) void thread.die();
    try {
      const result = await thread.fold(foldTask(messages, clock.now()));
      reached("decoded");
      measures.laneSeconds.observe({ lane: parts.lane }, result.laneMs / 1000);
      return result;
    } catch (error) {
      log.error({ err: error, lane: parts.lane }, "the lane's thread ended; it starts again");
      memory.lose("thread");
      await pause.backOff();
      return undefined;
    }
  };

  const commit = async (
    messages: readonly StagedMessage[],
    result: FoldResult | undefined,
  ): Promise<boolean> => {
    const unresolved = new Set(result?.unresolved);
    const kept = messages.flatMap((message, index) =>
      unresolved.has(index) ? [] : [{ message, samples: result?.samplesOfMessage[index] ?? 0 }],
    );
    const plantNowMs = clock.now();
    const begin = performance.now();
    const lines = result === undefined ? new Map<string, number>() : memory.linesOf(result);
    try {
      reached("staged");
      if (kept.length > 0) {
        await commitBatch(
          pool,
          {
            messages: kept.map(({ message }) => message),
            samples: kept.map(({ samples }) => samples),
            ...(result !== undefined && { result }),
            deadLetters:
              result === undefined
                ? refusedByDatabase(messages, parts.deadLetters, plantNowMs)
                : batchDeadLetters(messages, result, parts.deadLetters, plantNowMs),
            gaps: gapsOf(messages, result),
            lines,
            plantNowMs,
          },
          reached,
        );
        memory.advance(lines);
      }
    } catch (error) {
      await failed(messages, error);
      return false;
    }
    pause.recovered();
    measures.commitSeconds.observe((performance.now() - begin) / 1000);
    reached("committed");
    if (result !== undefined) memory.markDirty(result.lateWindows.map((window) => window.signal));
    parts.onCommitted(
      kept.map(({ message }) => message),
      result,
    );
    if (unresolved.size > 0) {
      parts.onUnresolved(messages.filter((_, index) => unresolved.has(index)));
    }
    return true;
  };

  const failed = async (messages: readonly StagedMessage[], error: unknown): Promise<void> => {
    const fault = faultOf(error);
    measures.commitFaults.inc({ fault });
    memory.lose(fault === "overtaken" ? "overtaken" : "commit");
    log.warn({ err: error, lane: parts.lane, messages: messages.length, fault }, "commit failed");
    if (fault === "data") {
      divide(messages);
    } else if (fault === "later") {
      await pause.backOff();
      queue.again(messages);
    } else {
      queue.again(await parts.recheck(messages));
    }
  };

  /** One of these cannot be stored: halves until it is found, so that the others are. */
  const poisoned = new Set<StagedMessage>();
  const divide = (messages: readonly StagedMessage[]): void => {
    const half = Math.ceil(messages.length / 2);
    queue.again(messages.slice(half));
    queue.again(messages.slice(0, half));
    const [only] = messages;
    if (messages.length === 1 && only !== undefined) poisoned.add(only);
  };

  const load = async (): Promise<void> => {
    while (!life.isAborted) {
      try {
        await memory.load();
        pause.recovered();
        return;
      } catch (error) {
        log.warn(
          { err: error, lane: parts.lane },
          "the lane could not load its state; trying again",
        );
        await pause.backOff();
      }
    }
  };

  const refold = async (): Promise<void> => {
    const begin = performance.now();
    const until = begin + refoldSliceMs;
    try {
      for (const key of memory.dirty()) {
        if (performance.now() > until) break;
        const signal = memory.signal(key);
        const turn =
          signal === undefined ? undefined : await refoldSignal({ ...parts, memory }, signal);
        if (turn?.hasRest !== true) memory.cleaned(key);
        if (turn === undefined) continue;
        measures.refolds.inc();
        parts.onRecalculated([turn.window]);
      }
    } catch (error) {
      log.warn({ err: error, lane: parts.lane }, "a refold failed; it is tried again");
      memory.lose("refold");
      await pause.backOff();
    }
    const now = performance.now();
    hasRefoldsLeft = memory.dirty().size > 0;
    // While messages wait, they have as much time as the refolds.
    refoldNotBeforeMs = now + (hasRefoldsLeft ? now - begin : parts.refoldEveryMs);
  };

  const refoldDue = (): boolean => {
    if (memory.dirty().size === 0 || life.isClosing) return false;
    return performance.now() >= refoldNotBeforeMs || (hasRefoldsLeft && queue.isEmpty);
  };

  const step = async (): Promise<void> => {
    if (memory.isLost) {
      await settle();
      await load();
      return;
    }
    if (refoldDue()) {
      if (await settle()) await refold();
      return;
    }
    if (queue.isEmpty) {
      if (life.committing !== undefined) await settle();
      else if (!life.isClosing)
        await pause.sleep(memory.dirty().size > 0 ? parts.refoldEveryMs / 4 : 60_000);
      return;
    }
    const messages = await gather();
    if (messages === undefined) return;
    const [first] = messages;
    if (messages.length === 1 && first !== undefined && poisoned.delete(first)) {
      if (await settle(messages)) life.committing = { messages, done: commit(messages, undefined) };
      return;
    }
    const result = await fold(messages);
    if (result === undefined) {
      await settle(messages).then((isSettled) => isSettled && queue.again(messages));
      return;
    }
    if (await settle(messages)) life.committing = { messages, done: commit(messages, result) };
  };

  const run = async (): Promise<void> => {
    while (!life.isAborted && !(life.isClosing && queue.isEmpty && life.committing === undefined)) {
      await step();
      measures.queuedSamples.set({ lane: parts.lane }, queue.samples);
    }
  };
  const ended = run();

  return {
    offer(message) {
      const isTaken = !life.isClosing && queue.offer(message);
      if (isTaken) signal();
      return isTaken;
    },
    know(signals) {
      memory.know(signals);
      signal();
    },
    async bind(binding, signals) {
      await memory.bind(binding, signals);
      signal();
    },
    forget: (signals) => memory.forget(signals),
    async close(withinMs) {
      life.isClosing = true;
      reached("shutdown-drain");
      signal();
      const timer = new AbortController();
      await Promise.race([
        ended,
        delay(withinMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      life.isAborted = true;
      signal();
      await thread.close();
    },
  };
}

function gapsOf(messages: readonly StagedMessage[], result: FoldResult | undefined): SampleGap[] {
  return (result?.gaps ?? []).flatMap(({ message, gap }) => {
    const source = messages[message]?.source;
    return source === undefined ? [] : [{ source, ...gap }];
  });
}
