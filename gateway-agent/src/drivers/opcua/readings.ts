import type { OpcuaDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import { type DataValue, type Variant } from "node-opcua-client";
import { DriverError, type DriverErrorCode, type DriverSink, type Reading } from "../contract.ts";
import type { OpcuaPoint } from "./address.ts";
import { eventFieldsOf } from "./filters.ts";
import { partOf } from "./parts.ts";
import type { PlannedItem } from "./plan.ts";
import { coerce, judge, valueTypeOf } from "./values.ts";

/** EventQueueOverflowEventType (OPC UA Part 5, 6.4.32). */
const overflowEvent = "ns=0;i=3035";

/**
 * What the server said, as readings of the tags; and what it would not say, as errors with node and status.
 * It lives as long as its device, so that one error is told once, however often a session begins.
 */
export class OpcuaReadings {
  /** Of each tag: as the map says, else as the server told. */
  readonly types: (ValueType | undefined)[];
  /** Items of which the server had to throw values away. */
  overflows = 0;
  readonly #device: OpcuaDevice;
  readonly #sink: DriverSink;
  readonly #takesUncertain: boolean;
  /** Of tags that are told of whether they changed or not: what was told last. */
  readonly #last = new Map<number, Reading>();
  readonly #why = new Map<number, string>();
  readonly #overflown = new Set<number>();

  constructor(device: OpcuaDevice, points: readonly OpcuaPoint[], sink: DriverSink) {
    this.#device = device;
    this.#sink = sink;
    this.#takesUncertain = device.uncertain === "take";
    this.types = points.map(({ type, source }) =>
      source.kind === "event" ? (type ?? typeOfEvent(source.event.field)) : type,
    );
  }

  /** Whether its last value could not be read. */
  isBad(tag: number): boolean {
    return this.#why.has(tag);
  }

  /** A new session begins: everything is told again. */
  begin(): void {
    this.#last.clear();
    this.#overflown.clear();
  }

  /** The type that a value, or a part of it, has by itself. */
  typeIn(dataValue: DataValue, path: OpcuaPoint["address"]["path"]): ValueType | undefined {
    const part = dataValue.statusCode.isBad() ? "bad" : partOf(dataValue.value, path);
    return typeof part === "string" || part.dimensions.length > 0
      ? undefined
      : valueTypeOf(part.dataType);
  }

  of(point: OpcuaPoint, dataValue: DataValue, observedMs: number): Reading {
    if (dataValue.statusCode.hasOverflowBit) this.#overflow(point);
    const type = this.types[point.tag];
    const { path } = point.address;
    const judged = judge(dataValue, { type, path, takesUncertain: this.#takesUncertain });
    if (judged.value === null) return this.#bad(point, judged.why, observedMs);
    this.#why.delete(point.tag);
    const { value, sourceMs } = judged;
    const isSourced = sourceMs !== undefined;
    return { tag: point.tag, timeMs: sourceMs ?? observedMs, sourced: isSourced, value };
  }

  /**
   * Only what changed: a polled node, or an array of which another element changed, comes with a new time
   * whether this value is new or not.
   */
  changed(point: OpcuaPoint, dataValue: DataValue, observedMs: number): Reading | undefined {
    const reading = this.of(point, dataValue, observedMs);
    const last = this.#last.get(point.tag);
    const { source } = point;
    const byTime = source.kind === "value" && source.item.trigger === "timestamp";
    const isAsBefore =
      last !== undefined &&
      last.value === reading.value &&
      (!byTime || last.timeMs === reading.timeMs);
    if (isAsBefore) return undefined;
    this.#last.set(point.tag, reading);
    return reading;
  }

  /** What an event says to each tag that is a field of it. */
  ofEvent(item: PlannedItem, fields: readonly Variant[], observedMs: number): Reading[] {
    const names = eventFieldsOf(item);
    const fieldOf = (name: string) => fields[names.indexOf(name)];
    if (String(fieldOf("EventType")?.value) === overflowEvent) {
      for (const point of item.points) this.#overflow(point);
      return [];
    }
    const time: unknown = fieldOf("Time")?.value;
    const sourceMs = time instanceof Date ? time.getTime() : undefined;
    return item.points.flatMap((point) => {
      const { source, tag } = point;
      const variant = source.kind === "event" ? fieldOf(source.event.field) : undefined;
      if (source.kind !== "event" || variant === undefined) return [];
      const part = partOf(variant, []);
      const value = typeof part === "string" ? undefined : coerce(part, this.types[tag]);
      const timeMs = sourceMs ?? observedMs;
      if (value === undefined) {
        return [this.#bad(point, `no usable field ${source.event.field}`, timeMs)];
      }
      this.#why.delete(tag);
      return [{ tag, timeMs, sourced: sourceMs !== undefined, value }];
    });
  }

  /** A tag that cannot be read now, for a reason that is told when it is a new one. */
  refused(point: OpcuaPoint, why: string, observedMs: number): Reading {
    return this.#bad(point, why, observedMs, "refused");
  }

  #bad(
    point: OpcuaPoint,
    why: string,
    observedMs: number,
    code: DriverErrorCode = "unusable",
  ): Reading {
    if (this.#why.get(point.tag) !== why) {
      this.#why.set(point.tag, why);
      this.say(point, `answered ${why} for`, code);
    }
    return { tag: point.tag, timeMs: observedMs, sourced: false, value: null };
  }

  #overflow(point: OpcuaPoint): void {
    this.#sink.skipped(1);
    this.overflows += 1;
    if (this.#overflown.has(point.tag)) return;
    this.#overflown.add(point.tag);
    this.say(
      point,
      "lost values, its queue was full (item: queueSize, samplingMs), of",
      "unusable",
    );
  }

  /** A line for the log: device, what it did, node and signal. */
  say({ text, signal }: OpcuaPoint, what: string, code: DriverErrorCode): void {
    const { id } = this.#device;
    const message = `device ${id} ${what} ${text} (${signal})`;
    this.#sink.failed(new DriverError(message, { device: id, code, address: text }));
  }
}

/** What the standard has (Part 5, 6.4.2); of other fields the map says the type, or they are text. */
function typeOfEvent(field: string): ValueType {
  return field === "Severity" ? "uint16" : "string";
}
