import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { ParsedMap } from "@only-mes/protocols/device-map/parse";
import { readMapFor, type MapFrame } from "./read-map.ts";

interface Order {
  readonly text: string;
  readonly name: string;
  readonly frame: MapFrame;
}

/**
 * As {@link readMapFor}, in a thread of its own: a map of 5,000 tags takes half a second to read, in
 * which no device would be polled.
 */
export async function readMapApart(
  text: string,
  name: string,
  frame: MapFrame,
): Promise<ParsedMap> {
  const order: Order = { text, name, frame };
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  const [parsed] = (await once(worker, "message")) as [ParsedMap];
  await worker.terminate();
  return parsed;
}

if (!isMainThread) {
  const { text, name, frame } = workerData as Order;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(readMapFor(text, name, frame));
}
