import { RecentQuantiles } from "../diagnostics/recent-quantiles.ts";
import type { DriverError, Reading, Turn } from "../drivers/contract.ts";
import { GroupFigures, type GroupStatus } from "./group-figures.ts";
import { SourceClock, type SourceClockStatus } from "./source-clock.ts";

export interface DeviceStatus {
  connected: boolean;
  /** Plant time until which the device is known; `null` if it was never reached. */
  lastReadAtMs: number | null;
  readings: number;
  samples: number;
  requests: number;
  skippedRequests: number;
  connects: number;
  losses: number;
  exceptions: Record<string, number>;
  roundTripMs: {
    last: number;
    mean: number;
    max: number;
    /** Of the last minute or two. */
    p50: number | null;
    p99: number | null;
  };
  /** What is read in one period, the shortest first; none before the first turn. */
  groups: GroupStatus[];
  sourceClock: SourceClockStatus;
  lastError: string | null;
}

/** Bounds what one device can add to the metrics; a map has a handful of periods. */
const groupsMax = 16;
const exceptionsMax = 32;

/** What can be told of one device: for the status page and the metrics. */
export class DeviceFigures {
  isConnected = false;
  #readings = 0;
  #samples = 0;
  #requests = 0;
  #answers = 0;
  #skipped = 0;
  #connects = 0;
  #losses = 0;
  readonly #exceptions = new Map<number, number>();
  readonly #groups = new Map<number, GroupFigures>();
  readonly #roundTrip = new RecentQuantiles();
  readonly #clock = new SourceClock();
  #lastMs = 0;
  #meanMs = 0;
  #maxMs = 0;
  #lastError: string | undefined;
  #lostAtMs: number | undefined;

  /** `periodsMs`: the groups that there will be, so that a birth can name them before their first turn. */
  constructor(periodsMs: Iterable<number> = []) {
    for (const periodMs of periodsMs) this.#groupOf(periodMs);
  }

  connected(): void {
    this.isConnected = true;
    this.#connects += 1;
    const awayMs = this.#awayMs(performance.now());
    this.#lostAtMs = undefined;
    for (const group of this.#groups.values()) group.away(awayMs);
    this.#clock.forget();
  }

  lost(error: DriverError): void {
    this.isConnected = false;
    this.#losses += 1;
    this.#lostAtMs ??= performance.now();
    this.#lastError = error.message;
  }

  failed(error: DriverError): void {
    this.#lastError = error.message;
    const { exception } = error;
    if (exception === undefined) return;
    const times = this.#exceptions.get(exception);
    if (times === undefined && this.#exceptions.size >= exceptionsMax) return;
    this.#exceptions.set(exception, (times ?? 0) + 1);
  }

  /** `nowMs` is plant time. */
  read(readings: readonly Reading[], nowMs: number): void {
    this.#readings += readings.length;
    this.#clock.heard(readings, nowMs);
  }

  /** Values without a time of their source. */
  readUntimed(readings: number): void {
    this.#readings += readings;
  }

  sampled(samples: number): void {
    this.#samples += samples;
  }

  /** 0 is a notification: nothing was asked. */
  answered(roundTripMs: number): void {
    this.#requests += 1;
    if (roundTripMs === 0) return;
    this.#answers += 1;
    this.#lastMs = roundTripMs;
    this.#meanMs += (roundTripMs - this.#meanMs) / Math.min(this.#answers, 100);
    this.#maxMs = Math.max(this.#maxMs, roundTripMs);
    this.#roundTrip.record(roundTripMs, performance.now());
  }

  skipped(requests: number): void {
    this.#skipped += requests;
  }

  turned(turn: Turn): void {
    this.#groupOf(turn.periodMs)?.turned(turn, performance.now());
  }

  /** `nowMs` is plant time. */
  status(lastReadAtMs: number | undefined, nowMs: number): DeviceStatus {
    const realMs = performance.now();
    const groups = [...this.#groups.values()].map((group) =>
      group.status(this.#awayMs(realMs), realMs),
    );
    return {
      connected: this.isConnected,
      lastReadAtMs: lastReadAtMs ?? null,
      readings: this.#readings,
      samples: this.#samples,
      requests: this.#requests,
      skippedRequests: this.#skipped,
      connects: this.#connects,
      losses: this.#losses,
      exceptions: Object.fromEntries(this.#exceptions),
      roundTripMs: {
        last: rounded(this.#lastMs),
        mean: rounded(this.#meanMs),
        max: rounded(this.#maxMs),
        ...this.#roundTrip.both(realMs),
      },
      groups: groups.sort((a, b) => a.periodMs - b.periodMs),
      sourceClock: this.#clock.status(nowMs),
      lastError: this.#lastError ?? null,
    };
  }

  #groupOf(periodMs: number): GroupFigures | undefined {
    const known = this.#groups.get(periodMs);
    if (known !== undefined || this.#groups.size >= groupsMax) return known;
    const fresh = new GroupFigures(periodMs);
    this.#groups.set(periodMs, fresh);
    return fresh;
  }

  #awayMs(realMs: number): number {
    return this.#lostAtMs === undefined ? 0 : realMs - this.#lostAtMs;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
