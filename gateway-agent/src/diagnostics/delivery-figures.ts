import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import { RecentQuantiles } from "./recent-quantiles.ts";

export interface DeliveryStatus {
  /** From the gateway's disk to the database of the host, over the last minute or two. */
  ageMs: { p50: number | null; p99: number | null };
}

/** Of so many messages it is remembered when they were stored; what is older is no present delivery. */
const remembered = 8192;
const devicesMax = 1024;

/** How long what was stored takes to be committed by the host, weighted by samples. */
export class DeliveryFigures {
  readonly #sequences = new Float64Array(remembered).fill(-1);
  readonly #storedAt = new Float64Array(remembered);
  readonly #samples = new Float64Array(remembered);
  readonly #device: (RecentQuantiles | undefined)[] = [];
  readonly #devices = new Map<string, RecentQuantiles>();
  readonly #all = new RecentQuantiles();

  stored(
    messages: readonly { sequence: number; device: string; samples: number }[],
    nowMs: number,
  ): void {
    for (const { sequence, device, samples } of messages) {
      const slot = sequence % remembered;
      this.#sequences[slot] = sequence;
      this.#storedAt[slot] = nowMs;
      this.#samples[slot] = samples;
      this.#device[slot] = this.#of(device);
    }
  }

  acknowledged(ranges: readonly SequenceRange[], nowMs: number): void {
    for (const [first, last] of ranges) {
      for (let sequence = Math.max(first, last - remembered + 1); sequence <= last; sequence += 1) {
        const slot = sequence % remembered;
        if (this.#sequences[slot] !== sequence) continue;
        // Its second acknowledgement says nothing.
        this.#sequences[slot] = -1;
        const ageMs = nowMs - (this.#storedAt[slot] ?? nowMs);
        const samples = this.#samples[slot] ?? 0;
        this.#all.record(ageMs, nowMs, samples);
        this.#device[slot]?.record(ageMs, nowMs, samples);
      }
    }
  }

  status(nowMs: number): DeliveryStatus {
    return { ageMs: this.#all.both(nowMs) };
  }

  statusOf(device: string, nowMs: number): DeliveryStatus {
    const quantiles = this.#devices.get(device);
    if (quantiles === undefined) return { ageMs: { p50: null, p99: null } };
    return { ageMs: quantiles.both(nowMs) };
  }

  #of(device: string): RecentQuantiles | undefined {
    const known = this.#devices.get(device);
    if (known !== undefined || this.#devices.size >= devicesMax) return known;
    const fresh = new RecentQuantiles();
    this.#devices.set(device, fresh);
    return fresh;
  }
}
