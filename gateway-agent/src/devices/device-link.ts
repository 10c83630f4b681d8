import { allTags } from "@only-mes/protocols/device-map/derived";
import type { Device, DeviceMap, Tag, ValueType } from "@only-mes/protocols/device-map/schema";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { counterRoles, isCounterRole } from "@only-mes/protocols/plant/signal";
import type { BornSignal } from "@only-mes/protocols/sparkplug/births";
import { datatypes, type Datatype } from "@only-mes/protocols/sparkplug/payload";
import type { Reached } from "../crash-points.ts";
import {
  DriverError,
  type Driver,
  type DriverSink,
  type NumberReadings,
  type Reading,
  type Turn,
} from "../drivers/contract.ts";
import { asReadings } from "../drivers/number-readings.ts";
import type { Outbox, WireNames } from "../outbox/outbox.ts";
import type { Role } from "../redundancy/membership.ts";
import { Derivation } from "../sampling/derivation.ts";
import { datatypeOf, samplingRule, type SamplingRule } from "../sampling/rules.ts";
import { SampleColumns } from "../sampling/sample-columns.ts";
import { Sampler, type Sample } from "../sampling/sampler.ts";
import type { DeviceBirth } from "../uplink/births.ts";
import { DeviceTarget } from "./command-target.ts";
import { DeviceFigures, type DeviceStatus } from "./device-figures.ts";
import { periodsOf, presumedType, signalDefinitions, typeOfDatatype } from "./definitions.ts";

export interface DeviceLinkOptions {
  readonly map: DeviceMap;
  readonly device: Device;
  readonly clock: PlantClock;
  readonly outbox: Outbox;
  /** Where births and deaths go. */
  readonly uplink: {
    deviceBorn(birth: DeviceBirth): void;
    deviceDied(device: string): void;
  };
  readonly precious: Set<number>;
  /** One that stands by is warm: connected, and ready to take over. */
  readonly role: Role;
  /** 0 to 1, for phases. */
  readonly random: () => number;
  readonly reached: Reached;
  readonly log: DeviceLog;
}

export interface DeviceLog {
  connected(device: string, signals: number): void;
  lost(error: DriverError): void;
  failed(error: DriverError): void;
}

/** How far before the last time observed a value may have been on its way when a gateway died. Plant time. */
const onItsWayMs = 60_000;
/** What a warm link remembers of states and values, for when it takes over. */
const rememberedMax = 10_000;
const heartbeatEveryMs = 1000;
const heartbeatEveryMinRealMs = 100;

const preciousRoles: ReadonlySet<string> = new Set([
  ...counterRoles,
  "machineState",
  "stopCode",
  "machineMode",
]);

/** One device from driver to outbox: what was read becomes samples; its comings and goings, births and deaths. */
export class DeviceLink implements DriverSink {
  readonly figures: DeviceFigures;
  /** What commands see of it. */
  readonly target: DeviceTarget;
  readonly #options: DeviceLinkOptions;
  #map: DeviceMap;
  #role: Role;
  #remembered: Sample[] = [];
  /** Those of the device, and those that are derived from them. */
  readonly #tags: readonly Tag[];
  readonly #rules: readonly SamplingRule[];
  readonly #derivation: Derivation | undefined;
  readonly #sampler: Sampler;
  readonly #columns: SampleColumns;
  #wireNames: WireNames = { aliases: [], datatypes: [] };
  #types: ValueType[];
  #datatypes: Datatype[] = [];
  #aliases: readonly number[] = [];
  #driver: Driver | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #observedMs: number;

  constructor(options: DeviceLinkOptions) {
    const { device, outbox } = options;
    this.#options = options;
    this.figures = new DeviceFigures(periodsOf(device));
    this.#map = options.map;
    this.#role = options.role;
    this.#tags = allTags(device);
    this.#rules = this.#tags.map((tag) => samplingRule(tag, device));
    if (device.derived !== undefined) this.#derivation = new Derivation(device, this.#rules);
    this.#sampler = new Sampler(this.#rules, options.random() * device.heartbeatMs);
    // A value that was bad may follow itself: twice as many samples as tags.
    this.#columns = new SampleColumns(2 * device.tags.length);
    this.#types = this.#tags.map(
      (tag) =>
        tag.type ??
        typeOfDatatype(outbox.aliases.lastDatatypeOf(device.id, tag.signal)) ??
        presumedType(tag),
    );
    this.#observedMs = outbox.observedUntil(device.id) ?? 0;
    this.#bind();
    this.target = new DeviceTarget({
      ...options,
      tags: this.#tags,
      rules: this.#rules,
      aliases: () => this.#aliases,
      types: () => this.#types,
      datatypes: () => this.#datatypes,
      driver: () => this.#driver,
      isConnected: () => this.figures.isConnected && this.#role === "active",
      latest: (tag) => this.#sampler.latest(tag)?.value,
      took: (reading) => this.#append(this.#take([reading], options.clock.now()), this.#observedMs),
    });
  }

  /** Before anything is read: what an earlier run observed ends where it ended. */
  resume(): void {
    // [RE10] Another member may have recorded since.
    if (this.#role === "standby") return;
    const { device, outbox, clock } = this.#options;
    const until = outbox.observedUntil(device.id);
    if (until === undefined) return;
    const samples = this.#sampler.resumed(until, until - onItsWayMs, clock.now());
    outbox.appendSampled(device.id, samples, this.#wireNames, until);
  }

  start(driver: Driver): void {
    const { clock } = this.#options;
    this.#driver = driver;
    if (driver.tells === "changes") {
      const everyMs = Math.max(clock.realDelayMs(heartbeatEveryMs), heartbeatEveryMinRealMs);
      this.#heartbeat = setInterval(() => this.#beat(), everyMs);
    }
    driver.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#driver?.stop();
  }

  /** The plant around the device is described anew; the device is read as before. */
  redefine(map: DeviceMap): void {
    this.#map = map;
    const birth = this.birth();
    this.#options.uplink.deviceBorn(birth);
    if (!birth.isConnected) this.#options.uplink.deviceDied(birth.device);
  }

  /** What is not read any more ends where it was observed last. After {@link stop}. */
  retire(isGone: (signal: string) => boolean): void {
    const { clock } = this.#options;
    const ends = this.#sampler.lost(this.#observedMs, clock.now());
    this.#append(
      ends.filter(({ tag }) => isGone(this.#tags[tag]?.signal ?? "")),
      this.#observedMs,
    );
  }

  /** What this gateway may do with what it reads: rules in redundancy/SPEC.md. */
  setRole(role: Role): void {
    const before = this.#role;
    if (role === before) return;
    const { device, outbox, uplink } = this.#options;
    this.#role = role;
    if (before === "active") uplink.deviceDied(device.id);
    if (role === "standby") outbox.forgetObserved(device.id);
    if (role === "active" && this.figures.isConnected) uplink.deviceBorn(this.birth());
    if (before === "standby") this.#takeOver();
  }

  /** [RE7] [RE10] Another member recorded until then; nothing ended with this one's earlier run. */
  othersRecorded(untilMs: number): void {
    this.#options.outbox.forgetObserved(this.#options.device.id);
    this.#remembered = this.#remembered.filter(({ timeMs }) => timeMs >= untilMs);
  }

  birth(): DeviceBirth {
    const { device, outbox, clock } = this.#options;
    const definitions = signalDefinitions(this.#map, device, this.#types);
    return {
      device: device.id,
      isConnected: this.figures.isConnected && this.#role === "active",
      delivery: { ...outbox.aliases.ofDelivery(device.id), epoch: outbox.epoch },
      signals: definitions.map((definition, index): BornSignal => {
        const latest = this.#sampler.latest(index);
        const tag = this.#tags[index];
        return {
          metricName: tag?.signal ?? "",
          alias: this.#aliases[index] ?? 0,
          datatype: this.#datatypes[index] ?? datatypes.Double,
          definition,
          value: latest?.value ?? null,
          timestampMs: latest?.timeMs ?? clock.now(),
          ...(tag?.write !== undefined && { write: tag.write }),
        };
      }),
      more: this.target.metrics(),
    };
  }

  status(): DeviceStatus {
    const lastReadAtMs = this.#observedMs === 0 ? undefined : this.#observedMs;
    return this.figures.status(lastReadAtMs, this.#options.clock.now());
  }

  connected(news: Parameters<DriverSink["connected"]>[0]): void {
    const { device, log, uplink, clock } = this.#options;
    this.figures.connected();
    const types = this.#types.map((type, index) => news.types[index] ?? type);
    if (types.some((type, index) => type !== this.#types[index])) {
      this.#types = types;
      this.#bind();
    }
    const nowMs = clock.now();
    this.figures.read(news.readings, nowMs);
    const samples = this.#take(news.readings, nowMs);
    if (this.#role === "active") uplink.deviceBorn(this.birth());
    this.#append(samples, news.observedMs);
    log.connected(device.id, this.#tags.length);
  }

  readings(readings: readonly Reading[], observedMs: number): void {
    this.#options.reached("after-poll");
    const nowMs = this.#options.clock.now();
    this.figures.read(readings, nowMs);
    this.#append(this.#take(readings, nowMs), observedMs);
  }

  numbers(numbers: NumberReadings, observedMs: number): void {
    if (this.#role === "standby") {
      this.readings(asReadings(numbers), observedMs);
      return;
    }
    const { device, outbox, reached, clock } = this.#options;
    reached("after-poll");
    const columns = this.#columns;
    columns.clear();
    this.figures.readUntimed(numbers.tags.length);
    const nowMs = clock.now();
    this.#sampler.takeNumbers(numbers, nowMs, columns);
    this.#observedMs = Math.max(this.#observedMs, observedMs);
    this.figures.sampled(columns.count);
    outbox.appendColumns(device.id, columns, this.#wireNames, this.#observedMs);
    if (this.#derivation === undefined) return;
    const derived = this.#derivation.deriveFromNumbers(numbers);
    if (derived.length > 0) this.#append(this.#sampler.take(derived, nowMs), observedMs);
  }

  lost(error: DriverError): void {
    const { device, outbox, uplink, clock, log } = this.#options;
    this.figures.lost(error);
    this.#derivation?.forget();
    this.#append(this.#sampler.lost(this.#observedMs, clock.now()), this.#observedMs);
    if (this.#role === "active") {
      // The bad qualities go out before the death that explains them.
      outbox.flush();
      uplink.deviceDied(device.id);
    }
    log.lost(error);
  }

  failed(error: DriverError): void {
    this.figures.failed(error);
    this.#options.log.failed(error);
  }

  answered(roundTripMs: number): void {
    this.figures.answered(roundTripMs);
  }

  skipped(requests: number): void {
    this.figures.skipped(requests);
  }

  turned(turn: Turn): void {
    this.figures.turned(turn);
  }

  #take(readings: readonly Reading[], nowMs: number): Sample[] {
    if (this.#derivation === undefined) return this.#sampler.take(readings, nowMs);
    return this.#sampler.take([...readings, ...this.#derivation.derive(readings)], nowMs);
  }

  #beat(): void {
    if (!this.figures.isConnected) return;
    const samples = this.#sampler.heartbeats(this.#options.clock.now());
    if (samples.length > 0) this.#append(samples, this.#observedMs);
  }

  #append(samples: readonly Sample[], observedMs: number): void {
    const { device, outbox } = this.#options;
    this.#observedMs = Math.max(this.#observedMs, observedMs);
    if (this.#role === "standby") {
      this.#remember(samples);
      return;
    }
    this.figures.sampled(samples.length);
    outbox.appendSampled(device.id, samples, this.#wireNames, this.#observedMs);
  }

  /** [RE7] What the last seconds brought, and what is known now. */
  #takeOver(): void {
    const nowMs = this.#options.clock.now();
    const remembered = this.#remembered;
    this.#remembered = [];
    const current = this.figures.isConnected
      ? this.#sampler.current(this.#observedMs, nowMs)
      : this.#allBad(nowMs);
    this.#append([...this.#endOfEarlierRun(), ...remembered, ...current], this.#observedMs);
  }

  /** [RE10] An earlier run of this member recorded until then, and no other has since. */
  #endOfEarlierRun(): Sample[] {
    const { device, outbox } = this.#options;
    const until = outbox.observedUntil(device.id);
    return until === undefined ? [] : this.#allBad(until + 1);
  }

  #allBad(timeMs: number): Sample[] {
    return this.#tags.map((_, tag) => ({ tag, timeMs, value: null }));
  }

  /** Not counters: a PLC holds them, and totals by two clocks must not mingle. */
  #remember(samples: readonly Sample[]): void {
    for (const sample of samples) {
      if (!isCounterRole(this.#tags[sample.tag]?.role ?? "text")) this.#remembered.push(sample);
    }
    const excess = this.#remembered.length - rememberedMax;
    if (excess > 0) this.#remembered.splice(0, excess);
  }

  #bind(): void {
    const { device, outbox, precious } = this.#options;
    this.#datatypes = this.#types.map((type, index) =>
      datatypeOf(type, this.#rules[index]?.isScaled === true),
    );
    outbox.aliases.ofDelivery(device.id);
    this.#aliases = outbox.aliases.of(
      device.id,
      this.#tags.map(({ signal }, index) => ({
        name: signal,
        datatype: this.#datatypes[index] ?? datatypes.Double,
      })),
    );
    this.#wireNames = { aliases: this.#aliases, datatypes: this.#datatypes };
    this.#tags.forEach(({ role }, index) => {
      const alias = this.#aliases[index];
      if (preciousRoles.has(role) && alias !== undefined) precious.add(alias);
    });
  }
}
