import type { DriverError } from "../drivers/contract.ts";

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
  roundTripMs: { last: number; mean: number; max: number };
  lastError: string | null;
}

/** What can be told of one device: for the status page and the metrics. */
export class DeviceFigures {
  isConnected = false;
  #readings = 0;
  #samples = 0;
  #requests = 0;
  #skipped = 0;
  #connects = 0;
  #losses = 0;
  #exceptions = new Map<number, number>();
  #lastMs = 0;
  #meanMs = 0;
  #maxMs = 0;
  #lastError: string | undefined;

  connected(): void {
    this.isConnected = true;
    this.#connects += 1;
  }

  lost(error: DriverError): void {
    this.isConnected = false;
    this.#losses += 1;
    this.#lastError = error.message;
  }

  failed(error: DriverError): void {
    this.#lastError = error.message;
    const { exception } = error;
    if (exception === undefined) return;
    this.#exceptions.set(exception, (this.#exceptions.get(exception) ?? 0) + 1);
  }

  read(readings: number): void {
    this.#readings += readings;
  }

  sampled(samples: number): void {
    this.#samples += samples;
  }

  answered(roundTripMs: number): void {
    this.#requests += 1;
    this.#lastMs = roundTripMs;
    this.#meanMs += (roundTripMs - this.#meanMs) / Math.min(this.#requests, 100);
    this.#maxMs = Math.max(this.#maxMs, roundTripMs);
  }

  skipped(requests: number): void {
    this.#skipped += requests;
  }

  status(lastReadAtMs: number | undefined): DeviceStatus {
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
      },
      lastError: this.#lastError ?? null,
    };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
