import type { FoldResult } from "../pipeline/laneTask.ts";
import type { DeadLetter } from "../store/insertDeadLetters.ts";
import type { StagedMessage } from "./batch.ts";
import type { DeadLetterGate } from "./deadLetterGate.ts";

const payloadBytesMax = 65_536;

/** What a lane refused, as far as the gate lets it be kept. */
export function batchDeadLetters(
  messages: readonly StagedMessage[],
  { deadLetters }: FoldResult,
  gate: DeadLetterGate,
  atMs: number,
): DeadLetter[] {
  return deadLetters.flatMap(({ message: index, reason, metric, detail, times }) => {
    const message = messages[index] ?? messages[0];
    const repeats = gate.admit(reason, `${message?.source ?? ""} ${metric}`, times);
    if (repeats === undefined || message === undefined) return [];
    return [
      {
        atMs,
        source: message.source,
        topic: message.topic,
        reason,
        detail: metric === "" ? detail : `${metric}: ${detail}`,
        repeats,
        payload: kept(index < 0 ? undefined : message.payload),
      },
    ];
  });
}

/** The database refuses these messages whatever else is with them. */
export function refusedByDatabase(
  messages: readonly StagedMessage[],
  gate: DeadLetterGate,
  atMs: number,
): DeadLetter[] {
  return messages.flatMap(({ source, topic, payload, epoch, sequence }) => {
    const repeats = gate.admit("refused-by-database", topic, 1);
    if (repeats === undefined) return [];
    return [
      {
        atMs,
        source,
        topic,
        reason: "refused-by-database",
        detail: `message ${sequence} of epoch ${epoch} cannot be stored`,
        repeats,
        payload: kept(payload),
      },
    ];
  });
}

function kept(payload: Uint8Array | undefined): Uint8Array | null {
  return payload === undefined ? null : payload.subarray(0, payloadBytesMax);
}
