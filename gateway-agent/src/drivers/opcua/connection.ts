import { setTimeout as delay } from "node:timers/promises";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { LogLevel, setLogLevel } from "node-opcua-client";
import { backOff, type BackOff } from "../../back-off.ts";
import { DriverError, type Driver, type DriverOptions } from "../contract.ts";
import { opcuaPoints, type OpcuaPoint } from "./address.ts";
import { explain } from "./explain.ts";
import { planSubscription, type SubscriptionPlan } from "./plan.ts";
import { OpcuaReadings } from "./readings.ts";
import { loginOf } from "./security.ts";
import { OpcuaSession } from "./session.ts";
import { forgetOldestRejected, pkiFolderOf } from "./trust-store.ts";
import { OpcuaWatch } from "./watch.ts";
import { writePoint } from "./write.ts";
import { failure, type Written } from "./write-request.ts";

const backOffMs = { firstMs: 200, lastMs: 5000 };
/** To connect, and then each step until all is read and monitored, may take this many times the device's timeout. */
const stepTimeouts = 10;

export function opcuaDriver(options: DriverOptions<OpcuaDevice>): Driver {
  // The library writes to stdout, which belongs to the process that started this one.
  setLogLevel(LogLevel.Emergency);
  const connection = new OpcuaConnection(options);
  return {
    tells: "changes",
    start: () => connection.start(),
    stop: () => connection.stop(),
    write: (tag, value, isInTime) => connection.write(tag, value, isInTime),
  };
}

class OpcuaConnection {
  readonly #options: DriverOptions<OpcuaDevice>;
  readonly #points: readonly OpcuaPoint[];
  readonly #plan: SubscriptionPlan;
  readonly #backOff: BackOff;
  readonly #readings: OpcuaReadings;
  readonly #unfiltered = new Set<string>();
  readonly #stopping = new AbortController();
  #certificates: OPCUACertificateManager | undefined;
  #running: Promise<void> = Promise.resolve();
  /** While it is connected. */
  #current: { session: OpcuaSession; watch: OpcuaWatch } | undefined;

  constructor(options: DriverOptions<OpcuaDevice>) {
    this.#options = options;
    this.#points = opcuaPoints(options.device);
    this.#plan = planSubscription(options.device, options.clock);
    this.#backOff = backOff({ ...backOffMs, random: options.random });
    this.#readings = new OpcuaReadings(options.device, this.#points, options.sink);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#certificates?.dispose();
  }

  async write(tag: number, value: Written, isInTime: () => boolean): Promise<MetricValue> {
    const { device } = this.#options;
    const point = this.#points[tag];
    if (point === undefined) throw new RangeError(`device ${device.id} has no tag ${tag}`);
    const current = this.#current;
    if (current === undefined) {
      throw failure(
        point,
        device.id,
        "unreachable",
        "was not written: the device is not connected",
      );
    }
    const type = this.#readings.types[tag];
    return await writePoint({ device: device.id, ...current, point, type, value, isInTime });
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        await this.#ended(error);
      }
      if (!this.#stopping.signal.aborted) await this.#pause(this.#backOff.nextMs());
    }
  }

  async #ended(error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { device, dataDir, sink } = this.#options;
    const wasConnected = this.#current !== undefined;
    this.#current = undefined;
    const why = wasConnected ? textOf(error) : await explain(error, pkiFolderOf(dataDir));
    const code = wasConnected ? "closed" : "unreachable";
    const message = `device ${device.id} at ${device.endpoint}: ${why}`;
    const fault = new DriverError(message, { device: device.id, code }, error);
    if (wasConnected) sink.lost(fault);
    else sink.failed(fault);
  }

  /** Lives as long as the session does, and tells of its end before it says goodbye to a dead server. */
  async #session(): Promise<void> {
    const { device } = this.#options;
    const certificates = await this.#trusted();
    const login = await loginOf(device);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const ends = new AbortController();
    const onStop = () => lost.reject(new Error("stopping"));
    this.#stopping.signal.addEventListener("abort", onStop);
    let silence: NodeJS.Timeout | undefined;
    const expectWithin = (ms: number, what: string) => {
      clearTimeout(silence);
      silence = setTimeout(() => lost.reject(new Error(`${what} within ${ms} ms`)), ms);
    };
    const heard = () => {
      if (this.#current !== undefined) expectWithin(watch.silenceMaxMs, "no news");
      else expectWithin(device.timeoutMs * stepTimeouts, "no answer");
    };
    expectWithin(device.timeoutMs * stepTimeouts, "no session");
    const session = new OpcuaSession(device, login, certificates, {
      heard: (news) => {
        heard();
        watch.heard(news);
      },
      lost: (why) => lost.reject(new Error(why)),
    });
    const watch = new OpcuaWatch({
      ...this.#options,
      session,
      points: this.#points,
      readings: this.#readings,
      plan: this.#plan,
      unfiltered: this.#unfiltered,
      signal: ends.signal,
      alive: heard,
    });
    try {
      if (this.#stopping.signal.aborted) return;
      await Promise.race([lost.promise, this.#establish(session, watch, login)]);
      heard();
      session.flow();
      await Promise.race([lost.promise, watch.goOn()]);
    } catch (error) {
      await this.#ended(error);
    } finally {
      clearTimeout(silence);
      ends.abort();
      this.#current = undefined;
      this.#stopping.signal.removeEventListener("abort", onStop);
      await session.close();
    }
  }

  /** Opens, reads all, monitors all, announces. */
  async #establish(
    session: OpcuaSession,
    watch: OpcuaWatch,
    login: Awaited<ReturnType<typeof loginOf>>,
  ): Promise<void> {
    await session.open(this.#options.device.endpoint, login);
    const first = await watch.begin();
    this.#backOff.reset();
    this.#current = { session, watch };
    this.#options.sink.connected({ types: [...this.#readings.types], ...first });
  }

  /** The store as it is now: a person may have trusted or rejected a certificate meanwhile. */
  async #trusted(): Promise<OPCUACertificateManager> {
    const rootFolder = pkiFolderOf(this.#options.dataDir);
    if (this.#certificates !== undefined) {
      await forgetOldestRejected(rootFolder);
      await this.#certificates.reloadCertificates();
      return this.#certificates;
    }
    const certificates = new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: false,
      disableFileWatchers: true,
    });
    await certificates.initialize();
    this.#certificates = certificates;
    return certificates;
  }

  async #pause(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#stopping.signal });
    } catch {
      // Stopping: the loop sees it.
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
