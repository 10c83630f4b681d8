import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { datatypes, type Metric } from "@only-mes/protocols/sparkplug/payload";
import { backOff } from "../src/back-off.ts";
import { Outbox } from "../src/outbox/outbox.ts";
import type { DeviceBirth } from "../src/uplink/births.ts";
import { EdgeNode, type TrimmedBy } from "../src/uplink/edge-node.ts";

export const group = "site";
export const edgeNode = "edge";

export interface RigOptions {
  /** `undefined`: none is waited for. */
  primaryHost: string | undefined;
  /** The host's if absent; without a host the broker's. */
  trimmedBy?: TrimmedBy;
  dataDir?: string;
}

/** An outbox and an edge node as `main.ts` joins them, with two devices that a test plays itself. */
export class UplinkRig {
  readonly dataDir = mkdtempSync(join(tmpdir(), "uplink-"));
  readonly refused: string[] = [];
  readonly commands: { device: string; payload: Uint8Array }[] = [];
  readonly errors: Error[] = [];
  readonly outbox: Outbox;
  readonly node: EdgeNode;
  readonly connected = new Set(["plc-1", "plc-2"]);
  /** Whether it has the lease. */
  mayBeLive = true;
  /** Between NBIRTH and the first DBIRTH. */
  whileBearing: () => void = () => undefined;

  constructor(url: string, options: RigOptions = { primaryHost: "only-mes" }) {
    const { primaryHost, dataDir } = options;
    if (dataDir !== undefined) this.dataDir = dataDir;
    this.outbox = new Outbox({
      dataDir: this.dataDir,
      now: Date.now,
      reached: () => undefined,
      caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 2 ** 40 },
      isPrecious: () => false,
      committed: (messages) => this.node.offer(messages),
      failed: (error) => this.errors.push(error),
    });
    this.node = new EdgeNode({
      url,
      group,
      edgeNode,
      primaryHost,
      trimmedBy: options.trimmedBy ?? (primaryHost === undefined ? "broker" : "host"),
      births: () => {
        this.whileBearing();
        return [this.birth("plc-1"), this.birth("plc-2")];
      },
      nodeMetrics: () => [this.nodeMetric()],
      nextBdSeq: () => this.outbox.nextBdSeq(),
      isDeliveryAlias: (alias) => this.outbox.aliases.isOfDelivery(alias),
      heldAfter: (sequence, limit) => this.outbox.after(sequence, limit),
      acknowledge: (acknowledgement) => this.outbox.acknowledge(acknowledgement),
      epoch: this.outbox.epoch,
      backlogSamplesPerSecond: 20_000,
      mayBeLive: () => this.mayBeLive,
      command: (device, payload) => this.commands.push({ device, payload }),
      now: Date.now,
      backOff: backOff({ firstMs: 20, lastMs: 200, random: () => 1 }),
      reached: () => undefined,
      log: {
        stateChanged: () => undefined,
        refused: (command) => this.refused.push(command),
        failed: (error) => this.errors.push(error),
      },
    });
  }

  /** What the node tells of itself. */
  nodeMetric(): Metric {
    const timestampMs = Date.now();
    return { name: "Load", datatype: datatypes.Double, timestampMs, value: 0.5 };
  }

  birth(device: string): DeviceBirth {
    const [alias = 0] = this.outbox.aliases.of(device, [
      { name: "unit/count", datatype: datatypes.UInt32 },
    ]);
    return {
      device,
      isConnected: this.connected.has(device),
      delivery: { ...this.outbox.aliases.ofDelivery(device), epoch: this.outbox.epoch },
      signals: [
        {
          metricName: "unit/count",
          alias,
          datatype: datatypes.UInt32,
          definition,
          value: this.connected.has(device) ? 7 : null,
          timestampMs: Date.now(),
        },
      ],
    };
  }

  /** One message of samples, durable at once; one of now if no times are given. */
  produce(value: number, device = "plc-1", times: readonly number[] = [Date.now()]): void {
    const datatype = datatypes.UInt32;
    const [alias = 0] = this.outbox.aliases.of(device, [{ name: "unit/count", datatype }]);
    const samples = times.map((timestampMs) => ({ alias, datatype, timestampMs, value }));
    this.outbox.append(device, samples, Math.max(...times));
    this.outbox.flush();
  }

  async close(): Promise<void> {
    await this.node.stop();
    this.outbox.close();
  }

  remove(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const definition: SignalDefinition = {
  line: { id: "line", name: "Line", enterprise: "e", site: "site", area: "a" },
  unit: { id: "unit", name: "Unit", position: 0, pacesLine: true, outputOfLine: true },
  name: "count",
  role: "goodCount",
  periodMs: 1000,
  heartbeatMs: 10_000,
  counterBits: 32,
};
