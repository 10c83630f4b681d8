import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { DriverError, type NumberReadings, type Reading } from "../contract.ts";
import { functionCodeOf, isBitTable, type ModbusPoint } from "./address.ts";
import { exceptionText, placeOf, type Answer, type ReadPdu } from "./pdu.ts";
import { NumberColumns } from "./number-columns.ts";
import { bisect, type Block } from "./plan.ts";

export interface ReaderNews {
  failed(error: DriverError): void;
  answered(roundTripMs: number): void;
  now(): number;
}

/** Where values go; a block may come in several parts. */
export interface BlockTaker {
  readings(readings: readonly Reading[]): void;
  numbers(numbers: NumberReadings): void;
}

/** After this many busy answers in a row the values count as unreadable. */
const busyTolerated = 3;
/** How long an address that the device refuses is left alone, in milliseconds of this machine. */
const refusedRetryMs = 30_000;

/** The device behind a gateway did not answer it: as good as no answer. */
export class PathFault extends Error {
  readonly error: DriverError;

  constructor(error: DriverError) {
    super(error.message);
    this.name = "PathFault";
    this.error = error;
  }
}

/**
 * Reads blocks, and learns: a block that the device refuses is split until only the addresses at
 * fault are alone, so that one bad register costs no other value. An exception is an answer: it
 * never costs the connection.
 */
export class BlockReader {
  readonly #device: ModbusDevice;
  readonly #ask: (pdu: ReadPdu) => Promise<Answer>;
  readonly #news: ReaderNews;
  readonly #learnt = new Map<Block, readonly Block[]>();
  readonly #refused = new Map<Block, Refusal>();
  readonly #columns = new WeakMap<Block, NumberColumns>();

  constructor(device: ModbusDevice, ask: (pdu: ReadPdu) => Promise<Answer>, news: ReaderNews) {
    this.#device = device;
    this.#ask = ask;
    this.#news = news;
  }

  /**
   * One request; of a block that was refused several.
   * @throws {LinkFault} if no answer came, {@link PathFault} if a gateway got none.
   */
  async read(block: Block, taker: BlockTaker): Promise<void> {
    const parts = this.#learnt.get(block);
    if (parts !== undefined) return this.#readAll(parts, taker);
    const refusal = this.#refused.get(block);
    if (refusal !== undefined && refusal.retryAt > performance.now()) return;
    const askedMs = this.#news.now();
    const from = performance.now();
    const answer = await this.#ask({
      functionCode: functionCodeOf[block.table],
      first: block.first,
      count: block.count,
    });
    this.#news.answered(performance.now() - from);
    if (answer.kind === "exception") return this.#excepted(block, answer.exception, askedMs, taker);
    if (refusal !== undefined) this.#refused.delete(block);
    const columns = this.#columnsOf(block);
    if (columns.tags.length > 0) taker.numbers(columns.decode(answer.bytes, askedMs));
    if (columns.others.length > 0) {
      taker.readings(readingsOf(columns.others, block, answer.bytes, askedMs));
    }
  }

  async #excepted(
    block: Block,
    exception: number,
    askedMs: number,
    taker: BlockTaker,
  ): Promise<void> {
    const isAddressing = exception === 2 || exception === 3;
    if (isAddressing && block.points.length > 1) {
      const parts = bisect(block);
      this.#learnt.set(block, parts);
      return this.#readAll(parts, taker);
    }
    const error = refusalOf(this.#device, block, exception);
    if (exception === 10 || exception === 11) throw new PathFault(error);
    const times = (this.#refused.get(block)?.times ?? 0) + 1;
    // 1, 2 and 3 are a matter of configuration: asking more often changes nothing.
    const retryAt = exception <= 3 ? performance.now() + refusedRetryMs : 0;
    this.#refused.set(block, { times, retryAt });
    const isBusy = exception === 5 || exception === 6;
    if (isBusy && times < busyTolerated) return;
    this.#news.failed(error);
    taker.readings(
      block.points.map(({ tag }) => ({ tag, timeMs: askedMs, sourced: false, value: null })),
    );
  }

  async #readAll(parts: readonly Block[], taker: BlockTaker): Promise<void> {
    for (const part of parts) await this.read(part, taker);
  }

  #columnsOf(block: Block): NumberColumns {
    const known = this.#columns.get(block);
    if (known !== undefined) return known;
    const columns = new NumberColumns(block);
    this.#columns.set(block, columns);
    return columns;
  }
}

interface Refusal {
  /** In a row. */
  readonly times: number;
  readonly retryAt: number;
}

function readingsOf(
  points: readonly ModbusPoint[],
  block: Block,
  bytes: Buffer,
  askedMs: number,
): Reading[] {
  const size = isBitTable(block.table) ? 1 : 2;
  const readings: Reading[] = [];
  for (const point of points) {
    readings.push(readingOf(point, bytes, block.first, size, askedMs));
  }
  return readings;
}

function readingOf(
  point: ModbusPoint,
  bytes: Buffer,
  first: number,
  size: number,
  askedMs: number,
): Reading {
  const { tag, timeOffset } = point;
  const value = point.decode(bytes, (point.offset - first) * size);
  // Machines write not-a-number and the infinities for "unknown".
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { tag, timeMs: askedMs, sourced: false, value: null };
  }
  if (timeOffset === undefined) return { tag, timeMs: askedMs, sourced: false, value };
  const changedMs = point.decodeTime(bytes, (timeOffset - first) * size);
  // A PLC that has not set its clock yet gives 0.
  const isSourced = typeof changedMs === "number" && changedMs > 0;
  return { tag, timeMs: isSourced ? changedMs : askedMs, sourced: isSourced, value };
}

function refusalOf(device: ModbusDevice, block: Block, exception: number): DriverError {
  const functionCode = functionCodeOf[block.table];
  const address = placeOf({ functionCode, first: block.first, count: block.count });
  const signals = block.points.map(({ signal }) => signal).join(", ");
  return new DriverError(
    `device ${device.id} (unit ${device.unitId}) answered ${exceptionText(exception)} ` +
      `to function code ${functionCode} at ${address} (${signals})`,
    { device: device.id, code: "refused", address, functionCode, exception },
  );
}
