import type { Pool } from "pg";
import type { Logger } from "pino";
import type { DeadLetterReason } from "../pipeline/laneTask.ts";
import { insertDeadLetters, type DeadLetter } from "../store/insertDeadLetters.ts";
import { transaction } from "../store/transaction.ts";
import type { DeadLetterGate } from "./deadLetterGate.ts";

/** Keeps what intake refuses before any lane sees it. */
export interface DeadLetterBox {
  put(
    message: { source: string | null; topic: string; payload: Uint8Array },
    reason: DeadLetterReason,
    detail: string,
    about: string,
  ): void;
  close(): Promise<void>;
}

const lettersMax = 1000;
const payloadBytesMax = 65_536;
const flushMs = 250;
const retryMs = 2000;

export function openDeadLetterBox({
  pool,
  gate,
  plantNow,
  log,
}: {
  pool: Pool;
  gate: DeadLetterGate;
  plantNow: () => number;
  log: Logger;
}): DeadLetterBox {
  let waiting: DeadLetter[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    const letters = waiting;
    waiting = [];
    if (letters.length === 0) return;
    try {
      await transaction(pool, (tx) => insertDeadLetters(tx, letters));
    } catch (error) {
      log.warn({ err: error, letters: letters.length }, "dead letters could not be kept yet");
      waiting = [...letters, ...waiting].slice(0, lettersMax);
      schedule(retryMs);
    }
  };
  const schedule = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, ms);
  };

  return {
    put({ source, topic, payload }, reason, detail, about) {
      const repeats = gate.admit(reason, about, 1);
      if (repeats === undefined || waiting.length >= lettersMax) return;
      const kept = Uint8Array.from(payload.subarray(0, payloadBytesMax));
      waiting.push({ atMs: plantNow(), source, topic, reason, detail, repeats, payload: kept });
      schedule(flushMs);
    },
    async close() {
      clearTimeout(timer);
      await flush();
      clearTimeout(timer);
    },
  };
}
