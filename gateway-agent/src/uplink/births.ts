import {
  dbirthPayload,
  nbirthPayload,
  nextSeq,
  type BornDelivery,
  type BornSignal,
} from "@only-mes/protocols/sparkplug/births";
import { encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import type { MessageType } from "@only-mes/protocols/sparkplug/topics";

/** A device as its DBIRTH tells it. */
export interface DeviceBirth {
  readonly device: string;
  /** Not connected: it is born, so that its metrics are known, and dies at once. */
  readonly isConnected: boolean;
  readonly delivery: BornDelivery;
  readonly signals: readonly BornSignal[];
  /** Metrics that are no signals, such as those of commands. */
  readonly more?: readonly Metric[];
}

export interface BirthsOptions {
  readonly births: () => readonly DeviceBirth[];
  /** What the node tells of itself. */
  readonly nodeMetrics: () => readonly Metric[];
  readonly publish: (type: MessageType, device: string | undefined, payload: Uint8Array) => void;
  /** Plant time. */
  readonly now: () => number;
}

/** Who is born within a session, and the sequence of its messages. */
export class Births {
  readonly #options: BirthsOptions;
  readonly #living = new Set<string>();
  #seq = 0;
  #isBearing = false;

  constructor(options: BirthsOptions) {
    this.#options = options;
  }

  /** NBIRTH, and every DBIRTH (tck-id-payloads-dbirth-order). */
  bearAll(bdSeq: number): void {
    const { births, nodeMetrics, publish, now } = this.#options;
    this.forget();
    this.#isBearing = true;
    publish("NBIRTH", undefined, encodePayload(nbirthPayload(bdSeq, now(), nodeMetrics())));
    const all = births();
    for (const birth of all) this.bear(birth);
    this.#isBearing = false;
    for (const { device, isConnected } of all) if (!isConnected) this.die(device);
  }

  bear({ device, delivery, signals, more }: DeviceBirth): void {
    this.#living.add(device);
    const payload = dbirthPayload(this.takeSeq(), this.#options.now(), delivery, signals, more);
    this.#options.publish("DBIRTH", device, encodePayload(payload));
  }

  /** NDATA: news of what NBIRTH told. @returns whether it went out: never before all births (tck-id-payloads-ndata-order). */
  tellNode(metrics: readonly Metric[]): boolean {
    if (this.#isBearing) return false;
    const payload = {
      timestampMs: this.#options.now(),
      seq: this.takeSeq(),
      metrics: [...metrics],
    };
    this.#options.publish("NDATA", undefined, encodePayload(payload));
    return true;
  }

  /** DDEATH, once. */
  die(device: string): void {
    if (!this.#living.delete(device)) return;
    const payload = { timestampMs: this.#options.now(), seq: this.takeSeq(), metrics: [] };
    this.#options.publish("DDEATH", device, encodePayload(payload));
  }

  isLiving(device: string): boolean {
    return this.#living.has(device);
  }

  /** tck-id-payloads-sequence-num-incrementing, tck-id-payloads-ddeath-seq-inc */
  takeSeq(): number {
    this.#seq = nextSeq(this.#seq);
    return this.#seq;
  }

  /** The session is over. */
  forget(): void {
    this.#living.clear();
    this.#seq = 0;
  }
}
