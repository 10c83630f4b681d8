import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { backOff, type BackOff } from "../../back-off.ts";
import {
  DriverError,
  type Driver,
  type DriverOptions,
  type DriverSink,
  type NumberReadings,
  type Reading,
} from "../contract.ts";
import { asReadings } from "../number-readings.ts";
import { modbusPoints } from "./address.ts";
import { Buses, type BusUnit } from "./bus.ts";
import { LinkFault } from "./link.ts";
import { pause } from "./pause.ts";
import { placeOf, type Answer, type Pdu } from "./pdu.ts";
import { planReads, type Block } from "./plan.ts";
import { BlockReader, PathFault, type BlockTaker } from "./reader.ts";
import { PointWriter } from "./writer.ts";

/** Polling a socket more often than this only burns the processor, whatever the speed of the plant. */
const periodMinMs = 20;
const backOffFirstMs = 200;
/** A unit without an answer takes its timeout from the others of its bus: no more than 1 / this of their time. */
const timeoutsApart = 20;

/** @param buses of the gateway: devices with one endpoint share a connection. */
export function modbusDriver(options: DriverOptions<ModbusDevice>, buses = new Buses()): Driver {
  const connection = new ModbusConnection(options, buses);
  return {
    tells: "everything",
    start: () => connection.start(),
    stop: async () => connection.stop(),
    write: async (tag, value, isInTime) => connection.writer.write(tag, value, isInTime),
  };
}

/** Passes values on at once, and counts those that could be read. */
class TurnTaker implements BlockTaker {
  readonly #sink: DriverSink;
  askedMs = 0;
  delivered = 0;

  constructor(sink: DriverSink) {
    this.#sink = sink;
  }

  readings(readings: readonly Reading[]): void {
    for (const { value } of readings) if (value !== null) this.delivered += 1;
    this.#sink.readings(readings, this.askedMs);
  }

  numbers(numbers: NumberReadings): void {
    for (const value of numbers.values) if (!Number.isNaN(value)) this.delivered += 1;
    this.#sink.numbers(numbers, this.askedMs);
  }
}

/** For what is not passed on before everything is there. */
function collecting(all: Reading[]): BlockTaker {
  return {
    readings: (readings) => void all.push(...readings),
    numbers: (numbers) => void all.push(...asReadings(numbers)),
  };
}

interface Schedule {
  readonly periodMs: number;
  readonly intervalMs: number;
  readonly values: number;
  readonly blocks: readonly Block[];
  dueAt: number;
}

class ModbusConnection {
  readonly writer: PointWriter;
  readonly #options: DriverOptions<ModbusDevice>;
  readonly #buses: Buses;
  readonly #reader: BlockReader;
  readonly #schedules: Schedule[];
  readonly #types;
  readonly #backOff: BackOff;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #unit: BusUnit | undefined;
  #isConnected = false;
  /** Whether the last request was answered: then one without an answer is made once more. */
  #isAlive = false;

  constructor(options: DriverOptions<ModbusDevice>, buses: Buses) {
    const { device, clock, sink, random } = options;
    this.#options = options;
    this.#buses = buses;
    const points = modbusPoints(device);
    this.#types = points.map(({ type }) => type);
    this.#schedules = planReads(points, device).map(({ periodMs, blocks }) => ({
      periodMs,
      values: blocks.reduce((sum, block) => sum + block.points.length, 0),
      intervalMs: Math.max(clock.realDelayMs(periodMs), periodMinMs),
      blocks,
      dueAt: 0,
    }));
    this.#backOff = backOff({ firstMs: backOffFirstMs, lastMs: device.retryMaxMs, random });
    const ask = async (pdu: Pdu) => this.#ask(pdu);
    this.#reader = new BlockReader(device, ask, {
      now: () => clock.now(),
      failed: (error) => sink.failed(error),
      answered: (roundTripMs) => sink.answered(roundTripMs),
    });
    this.writer = new PointWriter(device, points, () =>
      this.#isConnected ? this.#unit : undefined,
    );
  }

  start(): void {
    this.#unit = this.#buses.join(this.#options.device);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unit?.leave();
    await this.#running;
  }

  /** Read all, then in turns; a device that fails twice is lost, and tried again with growing pauses. */
  async #run(): Promise<void> {
    const { sink } = this.#options;
    let badCycles = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        this.#announce(await this.#readAll());
        badCycles = 0;
        this.#backOff.reset();
        await this.#poll();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        const fault = this.#describe(error);
        // What a gateway says of its device may be gone at the next request; a connection was tried twice.
        if (error instanceof PathFault && this.#isConnected && badCycles === 0) {
          badCycles += 1;
          sink.failed(fault);
          await pause(periodMinMs, this.#stopping.signal);
          continue;
        }
        this.#isAlive = false;
        if (this.#isConnected) {
          this.#isConnected = false;
          sink.lost(fault);
        } else {
          sink.failed(fault);
        }
        await pause(this.#pauseAfter(error), this.#stopping.signal);
      }
    }
  }

  #pauseAfter(error: unknown): number {
    const { device, random } = this.#options;
    const waitMs = this.#backOff.nextMs();
    // A gateway that gets no answer has waited for it too, and the bus with it.
    const isBusTaken =
      error instanceof PathFault || (error instanceof LinkFault && error.code === "timeout");
    if (!isBusTaken || this.#unit?.isShared !== true) return waitMs;
    return Math.max(waitMs, device.timeoutMs * timeoutsApart * (1 + 0.2 * random()));
  }

  async #readAll(): Promise<{ readings: Reading[]; observedMs: number }> {
    const observedMs = this.#options.clock.now();
    const now = performance.now();
    const readings: Reading[] = [];
    const first = collecting(readings);
    for (const schedule of this.#schedules) {
      // Devices that start together do not all ask at the same moment ever after.
      schedule.dueAt = now + schedule.intervalMs * this.#options.random();
      for (const block of schedule.blocks) await this.#reader.read(block, first);
    }
    this.#unit?.endCycle();
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
  async #poll(): Promise<void> {
    const { clock, sink } = this.#options;
    const turn = new TurnTaker(sink);
    while (!this.#stopping.signal.aborted) {
      const next = this.#schedules.reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) await pause(waitMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      const startedAt = performance.now();
      const lateMs = startedAt - next.dueAt;
      turn.delivered = 0;
      for (const block of next.blocks) {
        turn.askedMs = clock.now();
        await this.#reader.read(block, turn);
      }
      this.#unit?.endCycle();
      const roundTripMs = performance.now() - startedAt;
      let missedTurns = 0;
      next.dueAt += next.intervalMs;
      const behindMs = performance.now() - next.dueAt;
      if (behindMs > next.intervalMs) {
        missedTurns = Math.floor(behindMs / next.intervalMs);
        next.dueAt += missedTurns * next.intervalMs;
        sink.skipped(missedTurns * next.blocks.length);
      }
      const { periodMs, intervalMs, values: scheduled } = next;
      sink.turned?.({
        periodMs,
        intervalMs,
        lateMs,
        roundTripMs,
        scheduled,
        delivered: turn.delivered,
        missedTurns,
      });
    }
  }

  /**
   * A request without an answer, of a device that answered the one before, is made once more, on a
   * new connection if the old one is gone: one lost reply loses no device.
   */
  async #ask(pdu: Pdu): Promise<Answer> {
    const unit = this.#unit;
    if (unit === undefined) throw new LinkFault("closed", "the device was stopped");
    try {
      const answer = await unit.ask(pdu);
      this.#isAlive = true;
      return answer;
    } catch (error) {
      if (!this.#isAlive || this.#stopping.signal.aborted) throw error;
      this.#isAlive = false;
      this.#options.sink.failed(this.#describe(error));
    }
    await pause(periodMinMs, this.#stopping.signal);
    const answer = await unit.ask(pdu);
    this.#isAlive = true;
    return answer;
  }

  #describe(error: unknown): DriverError {
    if (error instanceof PathFault) return error.error;
    const { id, endpoint, unitId } = this.#options.device;
    const { code, asked } = error instanceof LinkFault ? error : unknownFault;
    const why = error instanceof Error ? error.message : String(error);
    const what =
      asked === undefined ? "" : ` to function code ${asked.functionCode} at ${placeOf(asked)}`;
    return new DriverError(
      `device ${id} (unit ${unitId}) at ${endpoint}: ${why}${what}`,
      {
        device: id,
        code,
        functionCode: asked?.functionCode,
        address: asked === undefined ? undefined : placeOf(asked),
      },
      error,
    );
  }
}

const unknownFault = { code: "closed", asked: undefined } as const;
