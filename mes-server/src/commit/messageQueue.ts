import type { StagedMessage } from "./batch.ts";

/** Messages that wait for their lane, and those that were taken and must be done again first. */
export interface MessageQueue {
  /** False: there is no room for it. */
  offer(message: StagedMessage): boolean;
  /** The next batch: up to `samplesMax` samples, at least one message. */
  take(samplesMax: number): StagedMessage[] | undefined;
  /** Comes before everything else, as one batch of its own. */
  again(messages: readonly StagedMessage[]): void;
  readonly samples: number;
  readonly isEmpty: boolean;
  /** A batch that is done again waits: it need not wait for company. */
  readonly hasAgain: boolean;
}

/** Messages that do not come again may use this many times the room of those that do. */
const unrepeatableShare = 2;

export function messageQueue(samplesMax: number): MessageQueue {
  let waiting: StagedMessage[] = [];
  let head = 0;
  let samples = 0;
  const again: (readonly StagedMessage[])[] = [];

  return {
    offer(message) {
      const bound = message.isResent ? samplesMax : samplesMax * unrepeatableShare;
      if (samples >= bound) return false;
      waiting.push(message);
      samples += message.samplesMax;
      return true;
    },
    take(batchSamplesMax) {
      const repeated = again.shift();
      if (repeated !== undefined) return [...repeated];
      const batch: StagedMessage[] = [];
      let taken = 0;
      for (let next = waiting[head]; next !== undefined; next = waiting[head]) {
        if (batch.length > 0 && taken + next.samplesMax > batchSamplesMax) break;
        batch.push(next);
        taken += next.samplesMax;
        head += 1;
      }
      samples -= taken;
      if (head > 1000 && head * 2 > waiting.length) {
        waiting = waiting.slice(head);
        head = 0;
      }
      return batch.length === 0 ? undefined : batch;
    },
    again(messages) {
      if (messages.length > 0) again.unshift(messages);
    },
    get samples() {
      return samples;
    },
    get isEmpty() {
      return again.length === 0 && head >= waiting.length;
    },
    get hasAgain() {
      return again.length > 0;
    },
  };
}
