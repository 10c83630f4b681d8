import type { FoldTask } from "../pipeline/laneTask.ts";
import type { StagedMessage } from "./batch.ts";

/** Packs a batch for its lane: one buffer for all payloads. The messages stay here until commit. */
export function foldTask(messages: readonly StagedMessage[], plantNowMs: number): FoldTask {
  const offsets = new Uint32Array(messages.length + 1);
  const bindings = new Int32Array(messages.length);
  const epochs = new Float64Array(messages.length);
  const sequences = new Float64Array(messages.length);
  let length = 0;
  let samplesExpected = 0;
  for (const [index, message] of messages.entries()) {
    length += message.payload.length;
    offsets[index + 1] = length;
    bindings[index] = message.binding;
    epochs[index] = message.epoch;
    sequences[index] = message.sequence;
    samplesExpected += message.samplesMax;
  }
  const bytes = new Uint8Array(length);
  for (const [index, { payload }] of messages.entries()) bytes.set(payload, offsets[index]);
  return {
    kind: "fold",
    plantNowMs,
    samplesExpected,
    bytes,
    offsets,
    bindings,
    epochs,
    sequences,
  };
}
