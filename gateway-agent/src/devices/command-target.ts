import type { Device, Tag, ValueType } from "@only-mes/protocols/device-map/schema";
import {
  commandRequestMetric,
  commandResultMetric,
  type CommandResult,
} from "@only-mes/protocols/events/command";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import {
  datatypes,
  type Datatype,
  type Metric,
  type MetricValue,
} from "@only-mes/protocols/sparkplug/payload";
import type { CommandSignal, CommandTarget, MetricKey } from "../commands/target.ts";
import { DriverError, type Driver, type Reading } from "../drivers/contract.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { SamplingRule } from "../sampling/rules.ts";

/** What a device hands to commands; what may change later is asked for. */
export interface TargetParts {
  readonly device: Device;
  /** Those of the device, and those that are derived from them. */
  readonly tags: readonly Tag[];
  readonly rules: readonly SamplingRule[];
  readonly clock: PlantClock;
  readonly outbox: Outbox;
  /** Aliases whose samples stay longest in the outbox. */
  readonly precious: Set<number>;
  readonly aliases: () => readonly number[];
  readonly types: () => readonly ValueType[];
  readonly datatypes: () => readonly Datatype[];
  readonly driver: () => Driver | undefined;
  readonly isConnected: () => boolean;
  readonly latest: CommandTarget["latest"];
  /** What was read back after a write. */
  readonly took: (reading: Reading) => void;
}

/** A device as commands see it: it tells the limits of its tags, writes, and answers through the outbox. */
export class DeviceTarget implements CommandTarget {
  readonly #parts: TargetParts;
  readonly #tags: ReadonlyMap<string, number>;
  /** `undefined` if nothing may be written: then nothing is declared, and nobody listens. */
  readonly #ownAliases: { readonly request: number; readonly result: number } | undefined;
  #lastResult: { text: string; atMs: number } | undefined;

  constructor(parts: TargetParts) {
    this.#parts = parts;
    this.#tags = new Map(parts.tags.map(({ signal }, index) => [signal, index]));
    if (parts.tags.every(({ write }) => write === undefined)) return;
    const [request = 0, result = 0] = parts.outbox.aliases.of(parts.device.id, [
      { name: commandRequestMetric, datatype: datatypes.String },
      { name: commandResultMetric, datatype: datatypes.String },
    ]);
    this.#ownAliases = { request, result };
    parts.precious.add(result);
  }

  isConnected(): boolean {
    return this.#parts.isConnected();
  }

  signal({ name, alias }: MetricKey): CommandSignal | undefined {
    const { tags, rules, aliases } = this.#parts;
    const tag = alias === undefined ? this.#tags.get(name ?? "") : aliases().indexOf(alias);
    const found = tag === undefined ? undefined : tags[tag];
    const scaling = rules[tag ?? -1];
    if (tag === undefined || found === undefined || scaling === undefined) return undefined;
    return {
      tag,
      name: found.signal,
      type: this.#parts.types()[tag] ?? "float64",
      datatype: this.#parts.datatypes()[tag] ?? datatypes.Double,
      length: found.length,
      scaling,
      write: found.write,
    };
  }

  isRequest({ name, alias }: MetricKey): boolean {
    if (alias !== undefined) return alias === this.#ownAliases?.request;
    return name === commandRequestMetric;
  }

  latest(tag: number): MetricValue | undefined {
    return this.#parts.latest(tag);
  }

  async write(
    tag: number,
    raw: Exclude<MetricValue, null>,
    isInTime: () => boolean,
  ): Promise<MetricValue> {
    const { device, driver, clock, took } = this.#parts;
    const present = driver();
    if (present?.write === undefined) {
      const message = `device ${device.id}: its driver ${device.driver} cannot write`;
      throw new DriverError(message, { device: device.id, code: "unusable" });
    }
    const value = await present.write(tag, raw, isInTime);
    if (value !== null) took({ tag, timeMs: clock.now(), sourced: false, value });
    return value;
  }

  report(result: CommandResult): boolean {
    if (this.#ownAliases === undefined) return true;
    const { device, outbox } = this.#parts;
    const text = JSON.stringify(result);
    const timestampMs = result.endedAtMs;
    this.#lastResult = { text, atMs: timestampMs };
    const { commits } = outbox.figures();
    const alias = this.#ownAliases.result;
    const sample = { alias, datatype: datatypes.String, timestampMs, value: text };
    outbox.append(device.id, [sample], 0);
    outbox.flush();
    return outbox.figures().commits > commits;
  }

  /** For the DBIRTH. */
  metrics(): Metric[] {
    if (this.#ownAliases === undefined) return [];
    const nowMs = this.#parts.clock.now();
    const { String: datatype } = datatypes;
    const { request, result } = this.#ownAliases;
    const told = this.#lastResult;
    return [
      { name: commandRequestMetric, alias: request, datatype, timestampMs: nowMs, value: null },
      {
        name: commandResultMetric,
        alias: result,
        datatype,
        timestampMs: told?.atMs ?? nowMs,
        value: told?.text ?? null,
      },
    ];
  }
}
