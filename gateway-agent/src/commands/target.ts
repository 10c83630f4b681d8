import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { CommandResult, WriteRule } from "@only-mes/protocols/events/command";
import type { Datatype, MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type { SamplingRule } from "../sampling/rules.ts";

/** A tag as a command sees it. */
export interface CommandSignal {
  readonly tag: number;
  /** `<unit>/<name>` */
  readonly name: string;
  readonly type: ValueType;
  /** On the wire. */
  readonly datatype: Datatype;
  /** Of a text, in characters. */
  readonly length: number | undefined;
  readonly scaling: SamplingRule;
  /** `undefined`: nobody may write to it. */
  readonly write: WriteRule | undefined;
}

export interface MetricKey {
  readonly name?: string;
  readonly alias?: number;
}

/** A device as commands see it. */
export interface CommandTarget {
  isConnected(): boolean;
  /** By its alias, or its name. */
  signal(metric: MetricKey): CommandSignal | undefined;
  /** Whether it is `Command/Request`. */
  isRequest(metric: MetricKey): boolean;
  /** In engineering units; `null` is bad, `undefined` was never read. */
  latest(tag: number): MetricValue | undefined;
  /**
   * Writes a value as the device has it, and publishes what was read back.
   * @returns that, as the device has it.
   * @throws {DriverError}
   */
  write(
    tag: number,
    raw: Exclude<MetricValue, null>,
    isInTime: () => boolean,
  ): Promise<MetricValue>;
  /** Into the outbox. @returns whether it is durable there. */
  report(result: CommandResult): boolean;
}
