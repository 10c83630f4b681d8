import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deviceMap, type DeviceMap } from "@only-mes/protocols/device-map/schema";
import {
  commandRequestMetric,
  commandResult,
  type CommandRequest,
  type CommandResult,
} from "@only-mes/protocols/events/command";
import { plantClock } from "@only-mes/protocols/plant/clock";
import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
  type MetricValue,
} from "@only-mes/protocols/sparkplug/payload";
import { Commands } from "../src/commands/commands.ts";
import { CommandLedger } from "../src/commands/ledger.ts";
import { DeviceLink } from "../src/devices/device-link.ts";
import type { Driver, DriverSink } from "../src/drivers/contract.ts";
import { Outbox } from "../src/outbox/outbox.ts";

export const ledgerEntriesMax = 50;

type Raw = Exclude<MetricValue, null>;

/** A driver over nothing: what it was asked to write, and what the test lets it answer. */
class WrittenDriver implements Driver {
  readonly tells = "everything" as const;
  readonly written: [tag: number, value: Raw][] = [];
  /** What the device holds after a write. */
  answer: (tag: number, value: Raw) => Promise<MetricValue> | MetricValue = (_, value) => value;
  start(): void {}
  stop(): Promise<void> {
    return Promise.resolve();
  }
  async write(tag: number, value: Raw): Promise<MetricValue> {
    this.written.push([tag, value]);
    return await this.answer(tag, value);
  }
}

/** One device from DCMD to outbox, as `main.ts` joins them, on a clock of the test. */
export class CommandRig {
  readonly dataDir: string;
  readonly driver = new WrittenDriver();
  readonly results: CommandResult[] = [];
  readonly samples: Metric[] = [];
  readonly refused: string[] = [];
  readonly outbox: Outbox;
  readonly ledger: CommandLedger;
  readonly link: DeviceLink;
  readonly commands: Commands;
  /** Plant time, and that of the machine. */
  now: number;
  real = 0;
  #waiting: (() => void)[] = [];

  constructor({ dataDir, now = Date.UTC(2026, 0, 1) }: { dataDir?: string; now?: number } = {}) {
    this.dataDir = dataDir ?? mkdtempSync(join(tmpdir(), "commands-"));
    this.now = now;
    const clock = plantClock(undefined, () => this.now);
    this.outbox = new Outbox({
      dataDir: this.dataDir,
      now: () => this.now,
      reached: () => undefined,
      caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 2 ** 40 },
      isPrecious: () => false,
      committed: (messages) => {
        for (const { body } of messages) this.#take(decodePayload(body).metrics);
      },
      failed: (error) => {
        throw error;
      },
    });
    this.ledger = new CommandLedger(this.dataDir, this.now - 3_600_000, ledgerEntriesMax);
    const device = map.devices[0];
    if (device === undefined) throw new Error("the map has no device");
    this.link = new DeviceLink({
      map,
      device,
      clock,
      outbox: this.outbox,
      uplink: { deviceBorn: () => undefined, deviceDied: () => undefined },
      precious: new Set(),
      role: "active",
      random: () => 0,
      reached: () => undefined,
      log: { connected: () => undefined, lost: () => undefined, failed: () => undefined },
    });
    this.commands = new Commands({
      ledger: this.ledger,
      target: (id) => (id === "plc" ? this.link.target : undefined),
      clock,
      realNow: () => this.real,
      log: { refused: (why) => this.refused.push(why), ended: () => undefined },
    });
    this.link.start(this.driver);
  }

  /** The device answers, with these values of its tags. */
  connect(values: readonly MetricValue[] = [40, 10, false, "A", 7, 1.5]): void {
    this.connected({
      types: values.map(() => undefined),
      readings: values.map((value, tag) => ({ tag, timeMs: this.now, sourced: false, value })),
      observedMs: this.now,
    });
  }

  connected(news: Parameters<DriverSink["connected"]>[0]): void {
    this.link.connected(news);
  }

  /** A DCMD with a `Command/Request`; what is not said is as it most often is. */
  request(parts: { [Key in keyof CommandRequest]?: unknown } & Record<string, unknown>): void {
    const request = {
      id: `command-${(this.#requests += 1)}`,
      signal: "unit/setpoint",
      value: 50,
      issuedAtMs: this.now,
      timeToLiveMs: 5000,
      ...parts,
    };
    this.dcmd({
      name: commandRequestMetric,
      datatype: datatypes.String,
      value: JSON.stringify(request),
    });
  }
  #requests = 0;

  dcmd(...metrics: Metric[]): void {
    this.commands.receive("plc", encodePayload({ timestampMs: this.now, metrics }));
  }

  /** The n-th result that went into the outbox, from 0. */
  async result(index = 0): Promise<CommandResult> {
    while (this.results[index] === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.results[index];
  }

  sampleOf(tag: number): MetricValue | undefined {
    const { alias } = this.link.birth().signals[tag] ?? {};
    return this.samples.findLast((sample) => sample.alias === alias)?.value;
  }

  /** As a killed process leaves it: the files as they are, nobody tells anybody. */
  die(): void {
    this.ledger.close();
    this.outbox.close();
  }

  remove(): void {
    this.die();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  #take(metrics: readonly Metric[]): void {
    for (const metric of metrics) {
      const { value } = metric;
      if (typeof value !== "string" || !value.startsWith("{")) this.samples.push(metric);
      else this.results.push(commandResult.parse(JSON.parse(value)));
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const map: DeviceMap = deviceMap.parse({
  version: 1,
  enterprise: "acme",
  site: "site",
  gateway: "edge",
  lines: [{ id: "line", name: "Line", area: "hall", units: [{ id: "unit", name: "Unit" }] }],
  devices: [
    {
      id: "plc",
      driver: "modbus",
      endpoint: "tcp://127.0.0.1:1",
      line: "line",
      heartbeatMs: 86_400_000,
      tags: [
        {
          signal: "unit/setpoint",
          address: "holding:0",
          type: "uint16",
          scale: { factor: 0.1, offset: -10 },
          write: { min: 0, max: 100 },
        },
        { signal: "unit/recipe", address: "holding:1", type: "int16", write: { values: [10, 20] } },
        { signal: "unit/start", role: "status", address: "coil:0", type: "bool", write: {} },
        {
          signal: "unit/batch",
          role: "text",
          address: "holding:10",
          type: "string",
          length: 8,
          write: {},
        },
        { signal: "unit/count", role: "goodCount", address: "holding:2", type: "uint32" },
        {
          signal: "unit/speed",
          address: "holding:4",
          type: "float32",
          write: { min: 0, max: 10 },
        },
        {
          signal: "unit/order",
          address: "holding:6",
          type: "uint64",
          write: { min: 0, max: 2 ** 64 },
        },
      ],
    },
  ],
});
