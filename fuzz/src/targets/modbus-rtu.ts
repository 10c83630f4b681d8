import { functionCodeOf, isBitTable } from "../../../gateway-agent/src/drivers/modbus/address.ts";
import { Fence } from "../../../gateway-agent/src/drivers/modbus/fence.ts";
import type { ReadPdu, Reply } from "../../../gateway-agent/src/drivers/modbus/pdu.ts";
import type { Block } from "../../../gateway-agent/src/drivers/modbus/plan.ts";
import { crc16, decodeRtu, splitRtu } from "../../../gateway-agent/src/drivers/modbus/rtu.ts";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { cut } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";
import { expectedValue, honestBytes, type Memory } from "./modbus-memory.ts";
import { plants, type Plant } from "./modbus-plants.ts";

/**
 * One line, up to six reads of one unit, one in flight at a time, without any id in the replies. The
 * device answers in turn, at once, late, broken, or never: what is late comes in front of the answer
 * to what is asked next.
 */
export const modbusRtu: FuzzTarget = {
  what: "Modbus RTU frames behind the fence: late, of another unit, noise, wrong bits, cut off, byte by byte",
  attempt(random) {
    const plant = oneOf(random, plants());
    const line = new Line(plant.device.unitId, random);
    let outcome = "";
    for (let turn = wholeIn(random, [1, 6]); turn > 0; turn -= 1) {
      const block = oneOf(random, plant.blocks);
      const memory: Memory = { nonce: wholeIn(random, [0, 2 ** 31]) };
      outcome = line.read(block, memory);
      if (outcome === "values") judge(line.bytes, plant, block, memory);
    }
    return outcome;
  },
};

const tableOf = { 1: "coil", 2: "discrete", 3: "holding", 4: "input" } as const;

type Outcome = "values" | "exception" | "timeout" | "malformed";

/** The driver's side of a line, as its bus and its link are, without sockets and timers; and a device. */
class Line {
  bytes: Buffer = Buffer.alloc(0);
  readonly #unit: number;
  readonly #random: RandomState;
  readonly #fence = new Fence(() => 0);
  /** Answers that the device still owes, in turn. */
  #late: Buffer[] = [];

  constructor(unit: number, random: RandomState) {
    this.#unit = unit;
    this.#random = random;
  }

  read(block: Block, memory: Memory): Outcome {
    const pdu: ReadPdu = {
      functionCode: functionCodeOf[block.table],
      first: block.first,
      count: block.count,
    };
    for (let probes = 0; probes < 6; probes += 1) {
      const probe = this.#fence.probeBefore(this.#unit, pdu);
      if (probe === undefined) break;
      const place = { ...block, ...probe, table: tableOf[probe.functionCode] };
      const probed = this.#exchange(probe, honestBytes(place, { nonce: ~memory.nonce }));
      if (probed !== "values" && probed !== "exception") return probed;
      if (this.#fence.answered(this.#unit, probe, probed)) break;
      if (probes === 5) return "timeout";
    }
    return this.#exchange(pdu, honestBytes(block, memory));
  }

  #exchange(pdu: ReadPdu, data: Buffer): Outcome {
    const outcome = this.#hear(pdu, this.#answers(pdu, data));
    if (outcome === "timeout" || outcome === "malformed") this.#fence.timedOut(this.#unit, pdu);
    return outcome;
  }

  /** What the wire brings while this request waits. */
  #answers(pdu: ReadPdu, data: Buffer): Buffer[] {
    const random = this.#random;
    const isRefused = fraction(random) < 0.05;
    const honest = isRefused
      ? framed(this.#unit, Buffer.of(pdu.functionCode | 0x80, 2))
      : framed(this.#unit, Buffer.concat([Buffer.of(pdu.functionCode, data.length), data]));
    const choice = fraction(random);
    if (choice < 0.25) {
      this.#late.push(honest);
      return [];
    }
    if (choice < 0.35) return [];
    // The device comes to this request when it is done with all before it.
    const owed = this.#late.splice(0);
    if (choice < 0.45) return [...owed, wounded(honest, random)];
    if (choice < 0.55) {
      const other = framed((this.#unit + wholeIn(random, [1, 255])) & 0xff, honest.subarray(1, -2));
      return [...owed, other, honest];
    }
    return [...owed, honest];
  }

  #hear(pdu: ReadPdu, frames: readonly Buffer[]): Outcome {
    let received: Buffer = Buffer.alloc(0);
    for (const [index, frame] of frames.entries()) {
      for (const chunk of cut(frame, this.#random)) {
        received = Buffer.concat([received, chunk]);
        const heard = this.#take(pdu, received);
        if (typeof heard !== "string") {
          received = heard;
          continue;
        }
        // What follows comes while nobody waits, or while the next request does.
        if (fraction(this.#random) < 0.5) this.#late.unshift(...frames.slice(index + 1));
        return heard;
      }
    }
    return "timeout";
  }

  /** @returns what is left of the bytes while the answer has not come. */
  #take(pdu: ReadPdu, received: Buffer): Outcome | Buffer {
    let rest = received;
    try {
      for (let split = splitRtu(rest); split !== undefined; split = splitRtu(rest)) {
        rest = split.rest;
        const reply: Reply = decodeRtu(split.frame, this.#unit, pdu);
        if (reply.kind === "exception") return "exception";
        if (reply.kind === "malformed") throw new Misattributed("RTU knows strangers only");
        if (reply.kind !== "values") continue;
        this.bytes = reply.bytes;
        return "values";
      }
      return rest;
    } catch (error) {
      if (error instanceof RangeError) return "malformed";
      throw error;
    }
  }
}

function judge(bytes: Buffer, { device }: Plant, block: Block, memory: Memory): void {
  const size = isBitTable(block.table) ? 1 : 2;
  for (const point of block.points) {
    const tag = device.tags[point.tag];
    if (tag === undefined) throw new Misattributed(`a value for tag ${point.tag}`);
    const value = point.decode(bytes, (point.offset - block.first) * size);
    demand(value, expectedValue(tag, memory), `${tag.signal} at ${tag.address}, ${tag.type}`);
  }
}

/** As much as the CRC is made to see: three wrong bits, or a frame that ends too soon. */
function wounded(frame: Buffer, random: RandomState): Buffer {
  if (fraction(random) < 0.3) return frame.subarray(0, wholeIn(random, [0, frame.length - 1]));
  const spoilt = Buffer.from(frame);
  const bits = new Set(Array.from({ length: 3 }, () => wholeIn(random, [0, frame.length * 8 - 1])));
  for (const bit of bits) spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return spoilt;
}

function framed(unit: number, body: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.of(unit), body, Buffer.alloc(2)]);
  frame.writeUInt16LE(crc16(frame, frame.length - 2), frame.length - 2);
  return frame;
}
