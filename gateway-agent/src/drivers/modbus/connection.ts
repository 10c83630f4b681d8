import { setTimeout as delay } from "node:timers/promises";
import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { backOff, type BackOff } from "../../back-off.ts";
import { DriverError, type Driver, type DriverOptions, type Reading } from "../contract.ts";
import { modbusPoints } from "./address.ts";
import { planReads, type Block } from "./plan.ts";
import { BlockReader } from "./reader.ts";
import { ModbusSocket, SocketFault } from "./socket.ts";

/** Polling a socket more often than this only burns the processor, whatever the speed of the plant. */
const periodMinMs = 20;
const backOffMs = { firstMs: 200, lastMs: 5000 };

export function modbusDriver(options: DriverOptions<ModbusDevice>): Driver {
  const connection = new ModbusConnection(options);
  return { tells: "everything", start: () => connection.start(), stop: () => connection.stop() };
}

interface Schedule {
  readonly intervalMs: number;
  readonly blocks: readonly Block[];
  dueAt: number;
}

class ModbusConnection {
  readonly #options: DriverOptions<ModbusDevice>;
  readonly #reader: BlockReader;
  readonly #schedules: Schedule[];
  readonly #types;
  readonly #backOff: BackOff;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #socket: ModbusSocket | undefined;
  #isConnected = false;

  constructor(options: DriverOptions<ModbusDevice>) {
    const { device, clock, sink, random } = options;
    this.#options = options;
    const points = modbusPoints(device);
    this.#types = points.map(({ type }) => type);
    this.#schedules = planReads(points, device).map(({ periodMs, blocks }) => ({
      intervalMs: Math.max(clock.realDelayMs(periodMs), periodMinMs),
      blocks,
      dueAt: 0,
    }));
    this.#backOff = backOff({ ...backOffMs, random });
    this.#reader = new BlockReader(device, {
      now: () => clock.now(),
      failed: (error) => sink.failed(error),
      answered: (roundTripMs) => sink.answered(roundTripMs),
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#socket?.destroy();
    await this.#running;
  }

  /**
   * Connect, read all, then in turns. A fault of a connection that worked is met by a new one at
   * once: only if that fails too is the device lost, and tried again with growing pauses.
   */
  async #run(): Promise<void> {
    const { sink } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        const worked = this.#socket !== undefined;
        this.#socket?.destroy();
        this.#socket = undefined;
        const fault = this.#describe(error);
        if (worked && this.#isConnected) {
          sink.failed(fault);
          await this.#pause(periodMinMs);
          continue;
        }
        if (this.#isConnected) {
          this.#isConnected = false;
          sink.lost(fault);
        } else {
          sink.failed(fault);
        }
        await this.#pause(this.#backOff.nextMs());
      }
    }
  }

  async #session(): Promise<void> {
    const { device } = this.#options;
    const url = new URL(device.endpoint);
    const socket = await ModbusSocket.open(url.hostname, Number(url.port), device.timeoutMs);
    try {
      if (this.#stopping.signal.aborted) return;
      const first = await this.#readAll(socket);
      this.#announce(first);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    this.#socket = socket;
    this.#backOff.reset();
    await this.#poll(socket);
  }

  async #readAll(socket: ModbusSocket): Promise<{ readings: Reading[]; observedMs: number }> {
    const observedMs = this.#options.clock.now();
    const now = performance.now();
    const readings: Reading[] = [];
    for (const schedule of this.#schedules) {
      // Devices that start together do not all ask at the same moment ever after.
      schedule.dueAt = now + schedule.intervalMs * this.#options.random();
      for (const block of schedule.blocks) {
        readings.push(...(await this.#reader.read(socket, block)));
      }
    }
    return { readings, observedMs };
  }

  #announce({ readings, observedMs }: { readings: Reading[]; observedMs: number }): void {
    const { sink } = this.#options;
    if (this.#isConnected) {
      sink.readings(readings, observedMs);
      return;
    }
    this.#isConnected = true;
    sink.connected({ types: this.#types, readings, observedMs });
  }

  /** The group that is due first, over and over. A group that fell behind leaves out what it missed. */
  async #poll(socket: ModbusSocket): Promise<void> {
    const { clock, sink } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const next = this.#schedules.reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) await this.#pause(waitMs);
      if (this.#stopping.signal.aborted) return;
      for (const block of next.blocks) {
        const askedMs = clock.now();
        sink.readings(await this.#reader.read(socket, block), askedMs);
      }
      next.dueAt += next.intervalMs;
      const behindMs = performance.now() - next.dueAt;
      if (behindMs > next.intervalMs) {
        const missed = Math.floor(behindMs / next.intervalMs);
        next.dueAt += missed * next.intervalMs;
        sink.skipped(missed * next.blocks.length);
      }
    }
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
    const code = error instanceof SocketFault ? error.code : "closed";
    const why = error instanceof Error ? error.message : String(error);
    return new DriverError(`device ${id} at ${endpoint}: ${why}`, { device: id, code }, error);
  }
}
