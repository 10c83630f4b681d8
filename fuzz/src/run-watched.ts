import { Worker } from "node:worker_threads";
import { replay, type FuzzResult } from "./run-target.ts";
import type { TargetName } from "./targets.ts";

export interface WatchedRun {
  readonly name: TargetName;
  readonly seed: number;
  readonly firstCase: number;
  readonly cases: number;
}

/** What a thread of cases is given. `place` holds the number of the case that it is at. */
export interface ThreadTask extends WatchedRun {
  readonly place: Int32Array;
}

export interface Watch {
  readonly thread?: URL;
  /** A case of a few microseconds that takes longer than this, whatever else the machine does, never ends. */
  readonly hungAfterMs?: number;
}

const looksWithin = 60;

/** The cases in a thread of their own: one that never ends, or that ends the thread, is a failure with a number. */
export async function runWatched(
  run: WatchedRun,
  { thread = new URL("run-thread.ts", import.meta.url), hungAfterMs = 60_000 }: Watch = {},
): Promise<FuzzResult> {
  const place = new Int32Array(new SharedArrayBuffer(4));
  place[0] = run.firstCase;
  const worker = new Worker(thread, {
    workerData: { ...run, place } satisfies ThreadTask,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const { promise, resolve } = Promise.withResolvers<FuzzResult>();
  let at = run.firstCase;
  let since = performance.now();
  const broken = (message: string) => resolve(brokenOff(run, place[0] ?? 0, message));
  const look = setInterval(() => {
    const now = performance.now();
    if (place[0] !== at) {
      at = place[0] ?? 0;
      since = now;
    } else if (now - since > hungAfterMs) {
      broken(`no end within ${hungAfterMs / 1000} s`);
    }
  }, hungAfterMs / looksWithin);
  worker.once("message", resolve);
  worker.once("error", (error) => broken(String(error)));
  worker.once("exit", (code) => broken(`the thread ended with ${code}`));
  try {
    return await promise;
  } finally {
    clearInterval(look);
    await worker.terminate();
  }
}

function brokenOff({ name, seed, firstCase }: WatchedRun, at: number, message: string): FuzzResult {
  return {
    target: name,
    seed,
    cases: at - firstCase + 1,
    crashes: 1,
    misattributed: 0,
    outcomes: {},
    failures: [{ case: at, kind: "crash", message, replay: replay(name, seed, at) }],
    seconds: 0,
  };
}
