import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { OpcuaDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { LogLevel, setLogLevel } from "node-opcua-client";
import { backOff, type BackOff } from "../../back-off.ts";
import {
  DriverError,
  type Driver,
  type DriverErrorCode,
  type DriverOptions,
  type Reading,
} from "../contract.ts";
import { nodeIdIn, opcuaPoints, type OpcuaPoint } from "./address.ts";
import { planItems, planSubscription, type ItemBatch, type SubscriptionPlan } from "./plan.ts";
import { OpcuaSession, type Change } from "./session.ts";
import { judge, valueTypeOf } from "./values.ts";

const backOffMs = { firstMs: 200, lastMs: 5000 };
/** To connect, read all and monitor all may take this many times the device's timeout. */
const establishTimeouts = 10;
/** How long items that the server refused are left alone, in milliseconds of this machine. */
const refusedRetryMs = 30_000;

export function opcuaDriver(options: DriverOptions<OpcuaDevice>): Driver {
  // The library writes to stdout, which belongs to the process that started this one.
  setLogLevel(LogLevel.Emergency);
  const connection = new OpcuaConnection(options);
  return { tells: "changes", start: () => connection.start(), stop: () => connection.stop() };
}

class OpcuaConnection {
  readonly #options: DriverOptions<OpcuaDevice>;
  readonly #points: readonly OpcuaPoint[];
  readonly #plan: SubscriptionPlan;
  readonly #backOff: BackOff;
  readonly #stopping = new AbortController();
  #certificates: OPCUACertificateManager | undefined;
  #types: (ValueType | undefined)[];
  #running: Promise<void> = Promise.resolve();
  #isConnected = false;

  constructor(options: DriverOptions<OpcuaDevice>) {
    this.#options = options;
    this.#points = opcuaPoints(options.device);
    this.#types = this.#points.map(({ type }) => type);
    this.#plan = planSubscription(options.device, options.clock);
    this.#backOff = backOff({ ...backOffMs, random: options.random });
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#certificates?.dispose();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#certificates ??= await certificatesIn(join(this.#options.dataDir, "pki"));
        await this.#session(this.#certificates);
      } catch (error) {
        this.#ended(error);
      }
      if (!this.#stopping.signal.aborted) await this.#pause(this.#backOff.nextMs());
    }
  }

  #ended(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const fault = this.#describe(error);
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    if (wasConnected) this.#options.sink.lost(fault);
    else this.#options.sink.failed(fault);
  }

  /** Lives as long as the session does, and tells of its end before it says goodbye to a dead server. */
  async #session(certificates: OPCUACertificateManager): Promise<void> {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    let silence: NodeJS.Timeout | undefined;
    const expectWithin = (ms: number, what: string) => {
      clearTimeout(silence);
      silence = setTimeout(() => lost.reject(new Error(`${what} within ${ms} ms`)), ms);
    };
    const heard = () => expectWithin(this.#plan.silenceMaxMs, "no news");
    expectWithin(this.#options.device.timeoutMs * establishTimeouts, "no session");
    const session = new OpcuaSession(this.#options.device, certificates, {
      changed: (changes) => {
        if (this.#isConnected) heard();
        this.#changed(changes);
      },
      lost: (why) => lost.reject(new Error(why)),
    });
    const onStop = () => lost.reject(new Error("stopping"));
    this.#stopping.signal.addEventListener("abort", onStop);
    try {
      if (this.#stopping.signal.aborted) return;
      const refused = await Promise.race([lost.promise, this.#establish(session)]);
      heard();
      session.flow();
      await Promise.race([lost.promise, this.#retryRefused(session, refused)]);
    } catch (error) {
      this.#ended(error);
    } finally {
      clearTimeout(silence);
      this.#stopping.signal.removeEventListener("abort", onStop);
      await session.close();
    }
  }

  /** Opens, reads all, monitors all, announces. Returns what the server would not monitor. */
  async #establish(session: OpcuaSession): Promise<Refused> {
    const { device, clock, sink } = this.#options;
    const { namespaces } = await session.open(device.endpoint);
    const nodeIds = new Map<OpcuaPoint, string>();
    for (const point of this.#points) {
      const nodeId = nodeIdIn(namespaces, point.address);
      if (nodeId === undefined) this.#refuse(point, "the server has no such namespace");
      else nodeIds.set(point, nodeId);
    }
    const observedMs = clock.now();
    const points = [...nodeIds.keys()];
    const values = await session.read([...nodeIds.values()]);
    await this.#learnTypes(session, nodeIds, values);
    await session.subscribe(this.#plan);
    const refused = await this.#monitor(session, { nodeIds, points });
    const readings = values.flatMap((dataValue, index) => {
      const point = points[index];
      return point === undefined ? [] : [this.#readingOf({ point, dataValue }, observedMs)];
    });
    const unnamed = this.#points.filter((point) => !nodeIds.has(point));
    readings.push(...unnamed.map((point) => unreadable(point, observedMs)));
    this.#backOff.reset();
    this.#isConnected = true;
    sink.connected({ types: [...this.#types], readings, observedMs });
    return refused;
  }

  async #learnTypes(
    session: OpcuaSession,
    nodeIds: ReadonlyMap<OpcuaPoint, string>,
    values: Awaited<ReturnType<OpcuaSession["read"]>>,
  ): Promise<void> {
    let index = 0;
    for (const [point, nodeId] of nodeIds) {
      const dataValue = values[index++];
      if (point.type !== undefined || dataValue === undefined) continue;
      const ofValue = valueTypeOf(dataValue.value.dataType);
      this.#types[point.tag] = ofValue ?? (await session.declaredType(nodeId));
    }
  }

  async #monitor(session: OpcuaSession, wanted: Refused): Promise<Refused> {
    const refused: OpcuaPoint[] = [];
    for (const batch of planItems(wanted.points, this.#options.clock)) {
      const why = await session.monitor(batch, nodeIdsOf(batch, wanted.nodeIds));
      batch.points.forEach((point, index) => {
        const reason = why[index];
        if (reason === undefined) return;
        refused.push(point);
        this.#refuse(point, reason);
      });
    }
    return { nodeIds: wanted.nodeIds, points: refused };
  }

  async #retryRefused(session: OpcuaSession, first: Refused): Promise<never> {
    let refused = first;
    for (;;) {
      await delay(refusedRetryMs, undefined, { signal: this.#stopping.signal });
      if (refused.points.length > 0) refused = await this.#monitor(session, refused);
    }
  }

  #changed(changes: readonly Change[]): void {
    const { clock, sink } = this.#options;
    const observedMs = clock.now();
    sink.answered(0);
    const overflown = changes.filter(({ dataValue }) => dataValue.statusCode.hasOverflowBit);
    if (overflown.length > 0) sink.skipped(overflown.length);
    const readings = changes.map((change) => this.#readingOf(change, observedMs));
    sink.readings(readings, observedMs);
    const { publishingIntervalMs } = this.#options.device;
    // A subscription tells changes: what was due is what came, and what overflowed on the way.
    sink.turned?.({
      periodMs: publishingIntervalMs,
      intervalMs: clock.realDelayMs(publishingIntervalMs),
      lateMs: 0,
      roundTripMs: 0,
      scheduled: readings.length + overflown.length,
      delivered: readings.length,
      missedTurns: 0,
    });
  }

  #readingOf({ point, dataValue }: Change, observedMs: number): Reading {
    const judged = judge(dataValue, this.#types[point.tag]);
    if (judged.value === null) {
      this.#refuse(point, judged.why, "unusable");
      return unreadable(point, observedMs);
    }
    const { value, sourceMs } = judged;
    const isSourced = sourceMs !== undefined;
    return { tag: point.tag, timeMs: sourceMs ?? observedMs, sourced: isSourced, value };
  }

  #refuse(point: OpcuaPoint, why: string, code: DriverErrorCode = "refused"): void {
    const { device, sink } = this.#options;
    const message = `device ${device.id} answered ${why} for ${point.text} (${point.signal})`;
    sink.failed(new DriverError(message, { device: device.id, code, address: point.text }));
  }

  async #pause(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#stopping.signal });
    } catch {
      // Stopping: the loop sees it.
    }
  }

  #describe(error: unknown): DriverError {
    const { id, endpoint } = this.#options.device;
    const why = error instanceof Error ? error.message : String(error);
    const code = this.#isConnected ? "closed" : "unreachable";
    return new DriverError(`device ${id} at ${endpoint}: ${why}`, { device: id, code }, error);
  }
}

interface Refused {
  readonly nodeIds: ReadonlyMap<OpcuaPoint, string>;
  readonly points: readonly OpcuaPoint[];
}

function nodeIdsOf(batch: ItemBatch, nodeIds: ReadonlyMap<OpcuaPoint, string>): string[] {
  return batch.points.map((point) => nodeIds.get(point) ?? "");
}

function unreadable({ tag }: OpcuaPoint, observedMs: number): Reading {
  return { tag, timeMs: observedMs, sourced: false, value: null };
}

/** Unknown certificates are kept for a person to judge, and refused until then. */
async function certificatesIn(rootFolder: string): Promise<OPCUACertificateManager> {
  const certificates = new OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: false,
  });
  await certificates.initialize();
  return certificates;
}
