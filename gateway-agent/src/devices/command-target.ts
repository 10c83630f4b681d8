import type { Device, ValueType } from "@only-mes/protocols/device-map/schema";
import {
  commandRequestMetric,
  commandResultMetric,
  type CommandResult,
} from "@only-mes/protocols/events/command";
import type { DdataSample } from "@only-mes/protocols/sparkplug/ddata";
import {
  datatypes,
  type Datatype,
  type Metric,
  type MetricValue,
} from "@only-mes/protocols/sparkplug/payload";
import type { CommandSignal, CommandTarget, MetricKey } from "../commands/target.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { SamplingRule } from "../sampling/rules.ts";

/** What a device hands to commands; what may change later is asked for. */
export interface TargetParts {
  readonly device: Device;
  readonly rules: readonly SamplingRule[];
  readonly aliases: () => readonly number[];
  readonly types: () => readonly ValueType[];
  readonly datatypes: () => readonly Datatype[];
  readonly isConnected: () => boolean;
  readonly latest: CommandTarget["latest"];
  readonly write: CommandTarget["write"];
  /** Of `Command/Request` and `Command/Result`; `undefined` if nothing may be written. */
  readonly ownAliases: { readonly request: number; readonly result: number } | undefined;
  /** @returns whether it is durable. */
  readonly store: (sample: DdataSample) => boolean;
}

/** A device as commands see it: it tells the limits of its tags, writes, and answers through the outbox. */
export class DeviceTarget implements CommandTarget {
  readonly #parts: TargetParts;
  readonly #tags: ReadonlyMap<string, number>;
  #lastResult: { text: string; atMs: number } | undefined;

  constructor(parts: TargetParts) {
    this.#parts = parts;
    this.#tags = new Map(parts.device.tags.map(({ signal }, index) => [signal, index]));
  }

  isConnected(): boolean {
    return this.#parts.isConnected();
  }

  signal({ name, alias }: MetricKey): CommandSignal | undefined {
    const { device, rules, aliases } = this.#parts;
    const tag = alias === undefined ? this.#tags.get(name ?? "") : aliases().indexOf(alias);
    const found = tag === undefined ? undefined : device.tags[tag];
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
    const { ownAliases } = this.#parts;
    if (alias !== undefined) return alias === ownAliases?.request;
    return name === commandRequestMetric;
  }

  latest(tag: number): MetricValue | undefined {
    return this.#parts.latest(tag);
  }

  write(
    tag: number,
    raw: Exclude<MetricValue, null>,
    isInTime: () => boolean,
  ): Promise<MetricValue> {
    return this.#parts.write(tag, raw, isInTime);
  }

  report(result: CommandResult): boolean {
    const { ownAliases, store } = this.#parts;
    // Nothing was declared, so nobody listens.
    if (ownAliases === undefined) return true;
    const text = JSON.stringify(result);
    const timestampMs = result.endedAtMs;
    this.#lastResult = { text, atMs: timestampMs };
    const { String: datatype } = datatypes;
    return store({ alias: ownAliases.result, datatype, timestampMs, value: text });
  }

  /** For the DBIRTH. */
  metrics(nowMs: number): Metric[] {
    const { ownAliases } = this.#parts;
    if (ownAliases === undefined) return [];
    const { String: datatype } = datatypes;
    const { request, result } = ownAliases;
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

/** Gives the metrics of commands their aliases, if something may be written to the device. */
export function commandAliases(
  device: Device,
  outbox: Pick<Outbox, "aliasesOf">,
): TargetParts["ownAliases"] {
  if (device.tags.every(({ write }) => write === undefined)) return undefined;
  const datatype = datatypes.String;
  const [request = 0, result = 0] = outbox.aliasesOf(device.id, [
    { name: commandRequestMetric, datatype },
    { name: commandResultMetric, datatype },
  ]);
  return { request, result };
}
