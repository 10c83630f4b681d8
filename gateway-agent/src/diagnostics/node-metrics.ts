import { diagnosticsPrefix } from "@only-mes/protocols/sparkplug/diagnostics";
import { datatypes, type Datatype, type Metric } from "@only-mes/protocols/sparkplug/payload";
import type { GatewayStatus } from "./status.ts";

/** More devices and groups than these are in `/metrics` and `/status` only: births stay small. */
const devicesMax = 200;
const groupsMax = 4;

/**
 * What the edge node tells of itself, by Sparkplug: all of it in NBIRTH, what changed in NDATA. By name,
 * without aliases, so that any host can read it without knowing this gateway.
 */
export function nodeMetrics(status: GatewayStatus, timestampMs: number): Metric[] {
  const metrics: Metric[] = [];
  const tell = (name: string, datatype: Datatype, value: Metric["value"]) =>
    metrics.push({ name: diagnosticsPrefix + name, timestampMs, datatype, value });
  const { Boolean, Double, Int64, UInt64 } = datatypes;
  const { outbox, delivery, held, dropped } = status;
  tell("Outbox/Held Bytes", UInt64, outbox.heldBytes);
  tell("Outbox/Held Samples", UInt64, held.samples);
  tell("Outbox/Held Age ms", Double, outbox.heldAgeMs);
  tell("Outbox/Dropped Samples", UInt64, dropped.samples);
  tell("Delivery/Age p50 ms", Double, delivery.ageMs.p50);
  tell("Delivery/Age p99 ms", Double, delivery.ageMs.p99);
  tell("Uplink/Sessions", UInt64, status.uplink.sessions);
  for (const [id, device] of Object.entries(status.devices).slice(0, devicesMax)) {
    const of = (name: string) => `Devices/${id}/${name}`;
    tell(of("Connected"), Boolean, device.connected);
    tell(of("Round Trip p50 ms"), Double, device.roundTripMs.p50);
    tell(of("Round Trip p99 ms"), Double, device.roundTripMs.p99);
    tell(of("Delivery Age p99 ms"), Double, device.delivery.ageMs.p99);
    tell(of("Connects"), UInt64, device.connects);
    tell(of("Losses"), UInt64, device.losses);
    tell(of("Exceptions"), UInt64, sum(Object.values(device.exceptions)));
    tell(of("Clock Skew ms"), Int64, device.sourceClock.skewMs);
    tell(of("Clock Is Trusted"), Boolean, device.sourceClock.isTrusted);
    for (const group of device.groups.slice(0, groupsMax)) {
      const ofGroup = (name: string) => of(`Every ${group.periodMs} ms/${name}`);
      tell(ofGroup("Completeness"), Double, group.completeness);
      tell(ofGroup("Period Kept"), Double, group.periodKept);
      tell(ofGroup("Round Trip p99 ms"), Double, group.roundTripMs.p99);
      tell(ofGroup("Age p50 ms"), Double, group.ageMs.p50);
      tell(ofGroup("Age p99 ms"), Double, group.ageMs.p99);
    }
  }
  return metrics;
}

/** Only what the birth has told may follow, and only what is different. */
export class NodeMetricsTold {
  readonly #told = new Map<string, Metric["value"]>();

  born(metrics: readonly Metric[]): void {
    this.#told.clear();
    for (const { name = "", value } of metrics) this.#told.set(name, value);
  }

  /** What of these is news. A metric without a birth waits for the next one. */
  news(metrics: readonly Metric[]): Metric[] {
    const news = metrics.filter(
      ({ name = "", value }) => this.#told.has(name) && this.#told.get(name) !== value,
    );
    for (const { name = "", value } of news) this.#told.set(name, value);
    return news;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
