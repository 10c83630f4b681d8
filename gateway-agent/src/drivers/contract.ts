import type { Device, ValueType } from "@only-mes/protocols/device-map/schema";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";

/**
 * What a driver is: it reads the tags of one device, and yields what it read. It knows nothing of
 * scaling, stores or MQTT. Every driver passes the one suite in `contract.test.ts`.
 */
export interface Driver {
  /** Whether it yields every value that it reads, or only those that changed. */
  readonly tells: "everything" | "changes";
  /** Begins to connect, and goes on trying until {@link stop}. */
  start(): void;
  /** Resolves when no socket is open and no timer is left. */
  stop(): Promise<void>;
  /**
   * Writes one value as the device has it (unscaled) to a tag's address, and reads it back.
   * `isInTime` is asked just before the request goes out, behind whatever had to be waited for: a
   * command is never carried out after its time.
   * @returns what the device holds afterwards.
   * @throws {DriverError} if the device is not connected (`unreachable`), if its time is over
   * (`tooLate`), if the value cannot be written (`unusable`), if the device refuses (`refused`): then
   * nothing was written. Any other code: a write without an answer may have happened, and is never
   * sent a second time.
   */
  write?(
    tag: number,
    value: Exclude<MetricValue, null>,
    isInTime: () => boolean,
  ): Promise<MetricValue>;
}

/** One value as the device gave it, before scaling. */
export interface Reading {
  /** Index of the tag in its device. */
  readonly tag: number;
  /**
   * When it was so, in milliseconds of plant time: the time that the device gave for it if `sourced`,
   * else when it was asked for.
   */
  readonly timeMs: number;
  readonly sourced: boolean;
  /** `null` if it could not be read. */
  readonly value: MetricValue;
}

/**
 * Numbers that one request brought, in columns, none of them with a time of its own: an object for each
 * would cost more than reading it does. Good only while the call lasts.
 */
export interface NumberReadings {
  /** Indexes of tags in their device. */
  readonly tags: Uint32Array;
  /** As the device gave them, before scaling; NaN if one could not be read. */
  readonly values: Float64Array;
  /** When they were asked for, in milliseconds of plant time. */
  readonly timeMs: number;
}

export interface DriverSink {
  /**
   * The device answers. `types` has the type of each tag, `undefined` where the device did not tell;
   * `readings` are the first values of all that could be read.
   */
  connected(news: {
    types: readonly (ValueType | undefined)[];
    readings: readonly Reading[];
    observedMs: number;
  }): void;
  /** Values of one time; `observedMs` is until when the device is known to have been as they say. */
  readings(readings: readonly Reading[], observedMs: number): void;
  /** The same, for a driver that has them so. */
  numbers(numbers: NumberReadings, observedMs: number): void;
  /** The device does not answer any more: nothing is known since the last reading. */
  lost(error: DriverError): void;
  /** Something went wrong that is worth a line in the log, and the driver goes on. */
  failed(error: DriverError): void;
  /** One request was answered, or a notification came. */
  answered(roundTripMs: number): void;
  /** Requests that were due but had to be left out, as the device was too slow. */
  skipped(requests: number): void;
  /** A turn of a period group has ended: once a turn, never once a value. */
  turned?(turn: Turn): void;
}

/** One reading of all that is due in one period, and how it went. */
export interface Turn {
  /** As the device map says; plant time. */
  readonly periodMs: number;
  /** The same in milliseconds of this machine, as are the others. */
  readonly intervalMs: number;
  /** How much later than due it began. */
  readonly lateMs: number;
  /** From the first question to the last answer; `null` where nothing is asked, as in a subscription. */
  readonly roundTripMs: number | null;
  /** Values that were due. */
  readonly scheduled: number;
  /** Values that came: not those that could not be read. */
  readonly delivered: number;
  /** Turns left out since, as there was no time for them. */
  readonly missedTurns: number;
}

export interface DriverOptions<D extends Device> {
  readonly device: D;
  readonly clock: PlantClock;
  readonly sink: DriverSink;
  /** Where a driver may keep files of its own, such as certificates. */
  readonly dataDir: string;
  /** 0 to 1, for jitter and phases. */
  readonly random: () => number;
}

/** What a driver says when something went wrong: what, where, and what the device answered. */
export class DriverError extends Error {
  readonly device: string;
  readonly code: DriverErrorCode;
  readonly address: string | undefined;
  readonly functionCode: number | undefined;
  /** Of Modbus. */
  readonly exception: number | undefined;

  constructor(
    message: string,
    facts: {
      device: string;
      code: DriverErrorCode;
      address?: string | undefined;
      functionCode?: number | undefined;
      exception?: number | undefined;
    },
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = "DriverError";
    this.device = facts.device;
    this.code = facts.code;
    this.address = facts.address;
    this.functionCode = facts.functionCode;
    this.exception = facts.exception;
  }
}

export type DriverErrorCode =
  /** No connection could be made. */
  | "unreachable"
  /** No answer in time. */
  | "timeout"
  /** The device, or the way to it, ended the connection. */
  | "closed"
  /** What came is not the protocol, or not the answer to what was asked. */
  | "malformed"
  /** The device answered that it will not. */
  | "refused"
  /** A write whose time was over before it could be sent: it was not. */
  | "tooLate"
  /** The value has no meaning for the tag's type. */
  | "unusable";
