import { allTags } from "@only-mes/protocols/device-map/derived";
import type { Device } from "@only-mes/protocols/device-map/schema";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type {
  Driver,
  DriverError,
  DriverSink,
  NumberReadings,
  Reading,
} from "../drivers/contract.ts";
import { asReadings } from "../drivers/number-readings.ts";
import { Derivation } from "../sampling/derivation.ts";
import { samplingRule } from "../sampling/rules.ts";
import { Sampler, type Sample } from "../sampling/sampler.ts";

/** What is known of one signal. */
export interface WatchedValue {
  readonly device: string;
  readonly signal: string;
  readonly value: MetricValue;
  readonly unit: string;
  /** When it was so; 0 before the first value. */
  readonly timeMs: number;
  /** Samples that would have been sent. */
  readonly changes: number;
}

export interface WatchOptions {
  readonly clock: PlantClock;
  readonly shows: (signal: string) => boolean;
  readonly sampled?: (value: WatchedValue) => void;
  readonly failed?: (device: string, message: string) => void;
}

const heartbeatEveryMs = 1000;

/** A device through its driver and sampling, as in the gateway, and no further. */
export class WatchedDevice implements DriverSink {
  readonly device: Device;
  wasConnected = false;
  readonly #options: WatchOptions;
  readonly #sampler: Sampler;
  readonly #derivation: Derivation;
  readonly #values: Map<number, WatchedValue>;
  #driver: Driver | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #observedMs = 0;
  #isConnected = false;
  #roundTripMs: number | undefined;
  #error = "";

  constructor(device: Device, options: WatchOptions) {
    this.device = device;
    this.#options = options;
    const tags = allTags(device);
    const rules = tags.map((tag) => samplingRule(tag, device));
    this.#sampler = new Sampler(rules);
    this.#derivation = new Derivation(device, rules);
    this.#values = new Map(
      tags.flatMap(({ signal, engineeringUnit }, tag) => {
        if (!options.shows(signal)) return [];
        const unit = engineeringUnit ?? "";
        const value = { device: device.id, signal, value: null, unit, timeMs: 0, changes: 0 };
        return [[tag, value] as const];
      }),
    );
  }

  start(driver: Driver): void {
    this.#driver = driver;
    if (driver.tells === "changes") {
      this.#heartbeat = setInterval(() => {
        if (this.#isConnected) this.#take(this.#sampler.heartbeats(this.#options.clock.now()));
      }, heartbeatEveryMs);
    }
    driver.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#driver?.stop();
  }

  values(): WatchedValue[] {
    return [...this.#values.values()];
  }

  /** In a line: whether it answers, how fast, and what went wrong last. */
  state(): string {
    const trip = this.#roundTripMs === undefined ? "" : `, ${this.#roundTripMs.toFixed(1)} ms`;
    const connected = this.#isConnected ? `connected${trip}` : "not connected";
    return this.#error === "" ? connected : `${connected}; ${this.#error}`;
  }

  connected(news: Parameters<DriverSink["connected"]>[0]): void {
    this.#isConnected = true;
    this.wasConnected = true;
    this.readings(news.readings, news.observedMs);
  }

  numbers(numbers: NumberReadings, observedMs: number): void {
    this.readings(asReadings(numbers), observedMs);
  }

  readings(readings: readonly Reading[], observedMs: number): void {
    this.#observedMs = Math.max(this.#observedMs, observedMs);
    const observed = [...readings, ...this.#derivation.derive(readings)];
    this.#take(this.#sampler.take(observed, this.#options.clock.now()));
  }

  lost(error: DriverError): void {
    this.#isConnected = false;
    this.#derivation.forget();
    this.#take(this.#sampler.lost(this.#observedMs, this.#options.clock.now()));
    this.failed(error);
  }

  failed(error: DriverError): void {
    const message = error.message.replaceAll(/\s+/g, " ");
    if (message !== this.#error) this.#options.failed?.(this.device.id, message);
    this.#error = message;
  }

  answered(roundTripMs: number): void {
    if (roundTripMs > 0) this.#roundTripMs = roundTripMs;
  }

  skipped(): void {
    // How late a device is, is shown by the ages of its values.
  }

  #take(samples: readonly Sample[]): void {
    for (const { tag, value, timeMs } of samples) {
      const before = this.#values.get(tag);
      if (before === undefined) continue;
      const now = { ...before, value, timeMs, changes: before.changes + 1 };
      this.#values.set(tag, now);
      this.#options.sampled?.(now);
    }
  }
}
