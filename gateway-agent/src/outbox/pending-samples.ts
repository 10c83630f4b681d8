import { DdataBatch } from "@only-mes/protocols/sparkplug/ddata";
import type { Datatype, MetricValue } from "@only-mes/protocols/sparkplug/payload";

const messageSamplesMax = 2000;
/** Batches that are used again, so that a steady flow takes no new memory. */
const spareMax = 64;

export interface PendingMessage {
  readonly device: string;
  readonly batch: DdataBatch;
}

/** What waits for the next group commit: encoded as it comes, one message a device and at most so long. */
export class PendingSamples {
  #messages: PendingMessage[] = [];
  readonly #open = new Map<string, DdataBatch>();
  readonly #spare: DdataBatch[] = [];
  #samples = 0;

  /** In the order in which each got its first sample. */
  get messages(): readonly PendingMessage[] {
    return this.#messages;
  }

  get samples(): number {
    return this.#samples;
  }

  add(
    device: string,
    alias: number,
    datatype: Datatype,
    timestampMs: number,
    value: MetricValue,
  ): void {
    let batch = this.#open.get(device);
    if (batch === undefined || batch.samples >= messageSamplesMax) batch = this.#begin(device);
    this.#samples += 1;
    try {
      batch.add(alias, datatype, timestampMs, value);
    } catch {
      // The wire has no form for it: it could not be read, and what comes with it must not suffer.
      batch.add(alias, datatype, timestampMs, null);
    }
  }

  clear(): void {
    for (const { batch } of this.#messages) {
      batch.clear();
      if (this.#spare.length < spareMax) this.#spare.push(batch);
    }
    this.#messages = [];
    this.#open.clear();
    this.#samples = 0;
  }

  #begin(device: string): DdataBatch {
    const batch = this.#spare.pop() ?? new DdataBatch();
    this.#open.set(device, batch);
    this.#messages.push({ device, batch });
    return batch;
  }
}
