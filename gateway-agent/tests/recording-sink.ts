import type { DriverError, DriverSink, NumberReadings, Reading } from "../src/drivers/contract.ts";

import { asReadings } from "../src/drivers/number-readings.ts";

type Event =
  | ({ kind: "connected" } & Parameters<DriverSink["connected"]>[0])
  | { kind: "readings"; readings: readonly Reading[]; observedMs: number }
  | { kind: "lost"; error: DriverError }
  | { kind: "failed"; error: DriverError };

/** Everything that a driver said, in order, and the last value of each tag. */
export class RecordingSink implements DriverSink {
  readonly events: Event[] = [];
  readonly latest = new Map<number, Reading>();
  isConnected = false;
  roundTrips = 0;
  skippedRequests = 0;

  connected(news: Parameters<DriverSink["connected"]>[0]): void {
    this.isConnected = true;
    this.events.push({ kind: "connected", ...news });
    this.#keep(news.readings);
  }

  readings(readings: readonly Reading[], observedMs: number): void {
    this.events.push({ kind: "readings", readings, observedMs });
    this.#keep(readings);
  }

  numbers(numbers: NumberReadings, observedMs: number): void {
    this.readings(asReadings(numbers), observedMs);
  }

  lost(error: DriverError): void {
    this.isConnected = false;
    this.events.push({ kind: "lost", error });
  }

  failed(error: DriverError): void {
    this.events.push({ kind: "failed", error });
  }

  answered(): void {
    this.roundTrips += 1;
  }

  skipped(requests: number): void {
    this.skippedRequests += requests;
  }

  value(tag: number): Reading["value"] | undefined {
    return this.latest.get(tag)?.value;
  }

  count(kind: Event["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  errors(): DriverError[] {
    return this.events.flatMap((event) =>
      event.kind === "failed" || event.kind === "lost" ? [event.error] : [],
    );
  }

  #keep(readings: readonly Reading[]): void {
    for (const reading of readings) this.latest.set(reading.tag, reading);
  }
}
