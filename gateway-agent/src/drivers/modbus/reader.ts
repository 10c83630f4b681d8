import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { DriverError, type Reading } from "../contract.ts";
import { functionCodeOf, isBitTable, type ModbusPoint } from "./address.ts";
import { exceptionText } from "./frame.ts";
import { bisect, type Block } from "./plan.ts";
import type { Answer, ModbusSocket } from "./socket.ts";

export interface ReaderNews {
  failed(error: DriverError): void;
  answered(roundTripMs: number): void;
  now(): number;
}

/** After this many busy answers in a row the values count as unreadable. */
const busyTolerated = 3;
/** How long an address that the device refuses is left alone, in milliseconds of this machine. */
const refusedRetryMs = 30_000;

/**
 * Reads blocks, and learns: a block that the device refuses is split until only the addresses at
 * fault are alone, so that one bad register costs no other value. An exception is an answer: it
 * never costs the connection.
 */
export class BlockReader {
  readonly #device: ModbusDevice;
  readonly #news: ReaderNews;
  readonly #learnt = new Map<Block, readonly Block[]>();
  readonly #retryAt = new Map<Block, number>();
  readonly #busy = new Map<Block, number>();

  constructor(device: ModbusDevice, news: ReaderNews) {
    this.#device = device;
    this.#news = news;
  }

  /** @throws {SocketFault} if the connection failed on the way. */
  async read(socket: ModbusSocket, block: Block): Promise<Reading[]> {
    const parts = this.#learnt.get(block);
    if (parts !== undefined) {
      const readings: Reading[] = [];
      for (const part of parts) readings.push(...(await this.read(socket, part)));
      return readings;
    }
    if ((this.#retryAt.get(block) ?? 0) > performance.now()) return [];
    const askedMs = this.#news.now();
    const from = performance.now();
    const answer = await socket.read({
      unit: this.#device.unitId,
      functionCode: functionCodeOf[block.table],
      first: block.first,
      count: block.count,
    });
    this.#news.answered(performance.now() - from);
    if (answer.kind === "exception") {
      return this.#excepted(socket, block, answer.exception, askedMs);
    }
    this.#retryAt.delete(block);
    this.#busy.delete(block);
    return block.points.map((point) => readingOf(point, block, answer, askedMs));
  }

  async #excepted(
    socket: ModbusSocket,
    block: Block,
    exception: number,
    askedMs: number,
  ): Promise<Reading[]> {
    const isAddressing = exception === 2 || exception === 3;
    if (isAddressing && block.points.length > 1) {
      this.#learnt.set(block, bisect(block));
      return this.read(socket, block);
    }
    if (exception === 5 || exception === 6) {
      const times = (this.#busy.get(block) ?? 0) + 1;
      this.#busy.set(block, times);
      if (times < busyTolerated) return [];
    }
    this.#news.failed(refusal(this.#device, block, exception));
    this.#retryAt.set(block, performance.now() + (isAddressing ? refusedRetryMs : 0));
    return block.points.map(({ tag }) => ({ tag, timeMs: askedMs, sourced: false, value: null }));
  }
}

function readingOf(
  point: ModbusPoint,
  block: Block,
  answer: Extract<Answer, { kind: "values" }>,
  askedMs: number,
): Reading {
  const size = isBitTable(block.table) ? 1 : 2;
  const value = point.decode(answer.bytes, (point.offset - block.first) * size);
  const { tag, timeOffset } = point;
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { tag, timeMs: askedMs, sourced: false, value: null };
  }
  if (timeOffset === undefined) return { tag, timeMs: askedMs, sourced: false, value };
  const changedMs = point.decodeTime(answer.bytes, (timeOffset - block.first) * size);
  // A PLC that has not set its clock yet gives 0.
  const isSourced = typeof changedMs === "number" && changedMs > 0;
  return { tag, timeMs: isSourced ? changedMs : askedMs, sourced: isSourced, value };
}

function refusal(device: ModbusDevice, block: Block, exception: number): DriverError {
  const functionCode = functionCodeOf[block.table];
  const last = block.first + block.count - 1;
  const address = `${block.table}:${block.first}${block.count > 1 ? `-${last}` : ""}`;
  const signals = block.points.map(({ signal }) => signal).join(", ");
  return new DriverError(
    `device ${device.id} (unit ${device.unitId}) answered ${exceptionText(exception)} ` +
      `to function code ${functionCode} at ${address} (${signals})`,
    { device: device.id, code: "refused", address, functionCode, exception },
  );
}
