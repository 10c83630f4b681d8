import { parentPort, workerData } from "node:worker_threads";
import { runTarget } from "./run-target.ts";
import type { ThreadTask } from "./run-watched.ts";
import { fuzzTargets } from "./targets.ts";

/** The thread in which the cases of one target run. */
const { name, seed, firstCase, cases, place } = workerData as ThreadTask;
const begun = (number: number) => Atomics.store(place, 0, number);
const result = runTarget({ name, target: fuzzTargets[name], seed, firstCase, cases, begun });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(result);
