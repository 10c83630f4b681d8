import { qualityBad, qualityGood } from "@only-mes/protocols/plant/signal";
import type { SignalPicture } from "@only-mes/protocols/console/live";
import type { BoundSignal, LatestSample } from "../commit/committed.ts";
import type { LineBook } from "./line-book.ts";
import type { UnitBook } from "./unit-book.ts";

const shortestStaleAfterMs = 5_000;
const missedHeartbeats = 3;

/** One signal: its newest sample, and whether that can still be taken for the present. */
export class SignalBook {
  readonly line: LineBook;
  unit: UnitBook;
  bound: BoundSignal;
  /** The device of each source that has borne it: several gateways may read one PLC. */
  readonly bearers = new Map<string, string>();
  newest: LatestSample | undefined;
  stale = true;

  constructor(bound: BoundSignal, line: LineBook, unit: UnitBook) {
    this.bound = bound;
    this.bearers.set(bound.source, bound.device);
    this.line = line;
    this.unit = unit;
    line.adopt(this);
  }

  get id(): string {
    return this.bound.id;
  }

  /** How long after its newest sample a signal is stale, in plant time. */
  get staleAfterMs(): number {
    return Math.max(missedHeartbeats * this.bound.definition.heartbeatMs, shortestStaleAfterMs);
  }

  rebind(bound: BoundSignal, unit: UnitBook): void {
    if (unit !== this.unit && !this.stale) {
      this.unit.freshSignals -= 1;
      unit.freshSignals += 1;
    }
    this.unit = unit;
    this.bound = bound;
    this.bearers.set(bound.source, bound.device);
    this.line.signalChanged(this);
  }

  /** False if a newer one is known. */
  sample(sample: LatestSample): boolean {
    if (this.newest !== undefined && sample.sourceTimeMs < this.newest.sourceTimeMs) return false;
    this.newest = sample;
    this.line.signalChanged(this);
    return true;
  }

  /** True if it has become stale, or fresh again. */
  refresh(nowMs: number, isOffline: boolean): boolean {
    const { newest } = this;
    const stale =
      isOffline ||
      newest === undefined ||
      newest.quality !== qualityGood ||
      nowMs - newest.gatewayTimeMs > this.staleAfterMs;
    if (stale === this.stale) return false;
    this.stale = stale;
    this.line.freshnessChanged(this);
    return true;
  }

  picture(): SignalPicture {
    const { definition } = this.bound;
    return {
      id: this.id,
      unit: this.unit.id,
      name: definition.name,
      role: definition.role,
      engineeringUnit: definition.engineeringUnit,
      value: this.newest?.value ?? null,
      quality: this.newest?.quality ?? qualityBad,
      sourceTimeMs: this.newest?.sourceTimeMs ?? 0,
      stale: this.stale,
    };
  }
}
