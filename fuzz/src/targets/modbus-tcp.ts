import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { functionCodeOf, isBitTable } from "../../../gateway-agent/src/drivers/modbus/address.ts";
import {
  decodeReply,
  splitFrame,
  type ReadRequest,
} from "../../../gateway-agent/src/drivers/modbus/frame.ts";
import type { Reply } from "../../../gateway-agent/src/drivers/modbus/pdu.ts";
import type { Block } from "../../../gateway-agent/src/drivers/modbus/plan.ts";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { cut } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";
import { expectedValue, honestBytes, type Memory } from "./modbus-memory.ts";
import { plants } from "./modbus-plants.ts";

/**
 * One connection, up to three requests, one in flight at a time, and on the wire whatever a bad
 * device, gateway or network makes of the answers. Each frame carries the memory of its own request,
 * so that the oracle can tell whose value a value is.
 */
export const modbusTcp: FuzzTarget = {
  what: "Modbus TCP frames and values: truncated, wrong unit, wrong transaction, late, doubled, split byte by byte, oversized",
  attempt(random) {
    const { device, blocks } = oneOf(random, plants());
    const connection = new Connection();
    let transaction = wholeIn(random, [0, 0xffff]);
    let outcome = "";
    for (let turn = wholeIn(random, [1, 3]); turn > 0; turn -= 1) {
      const block = oneOf(random, blocks);
      transaction = (transaction + 1) & 0xffff;
      const request: ReadRequest = {
        transaction,
        unit: device.unitId,
        functionCode: functionCodeOf[block.table],
        first: block.first,
        count: block.count,
      };
      const memory: Memory = { nonce: wholeIn(random, [0, 2 ** 31]) };
      const sent = deliveriesFor(request, block, memory, random);
      const heard = connection.hear(
        request,
        sent.flatMap(({ bytes }) => cut(bytes, random)),
      );
      outcome = judge(heard, sent, { device, block, memory });
      if (heard.kind === "malformed" || heard.kind === "waits") break;
    }
    return outcome;
  },
};

type Heard =
  | Extract<Reply, { kind: "values" | "exception" }>
  | { kind: "malformed" }
  | { kind: "waits" };

/** What a socket does with what comes, without the socket. What is left stays for the next request. */
class Connection {
  #received: Buffer = Buffer.alloc(0);

  hear(request: ReadRequest, chunks: readonly Buffer[]): Heard {
    let heard: Heard = { kind: "waits" };
    for (const chunk of chunks) {
      this.#received = Buffer.concat([this.#received, chunk]);
      for (;;) {
        const split = this.#split();
        if (split === "refused") return heard.kind === "waits" ? { kind: "malformed" } : heard;
        if (split === undefined) break;
        if (heard.kind !== "waits") continue;
        const reply = decodeReply(split, request);
        if (reply.kind === "malformed") return { kind: "malformed" };
        if (reply.kind !== "stranger") heard = reply;
      }
    }
    return heard;
  }

  #split(): Buffer | "refused" | undefined {
    try {
      const split = splitFrame(this.#received);
      if (split === undefined) return undefined;
      if (split.rest.length >= this.#received.length) throw new Error("a frame without length");
      this.#received = split.rest;
      return split.frame;
    } catch (error) {
      if (error instanceof RangeError) return "refused";
      throw error;
    }
  }
}

interface Delivery {
  readonly bytes: Buffer;
  /** What a reader must make of it, if it comes to this frame. */
  readonly means: "values" | "exception" | "nothing" | "refused" | "unfinished";
  readonly exception?: number;
}

/** Some strangers, and then an answer: an honest one, a broken one, or none. */
function deliveriesFor(
  request: ReadRequest,
  block: Block,
  memory: Memory,
  random: RandomState,
): Delivery[] {
  const sent: Delivery[] = [];
  for (let strangers = wholeIn(random, [0, 2]); strangers > 0; strangers -= 1) {
    sent.push(stranger(request, block, random));
  }
  const honest = frameOf(request, honestBytes(block, memory));
  const choice = fraction(random);
  if (choice < 0.55) sent.push({ bytes: honest, means: "values" });
  else if (choice < 0.65) sent.push(exceptionTo(request, random));
  else if (choice < 0.95) sent.push(broken(request, block, honest, random));
  // Doubled and late ones follow, and meet the next request.
  if (sent.at(-1)?.means !== "unfinished" && fraction(random) < 0.2) {
    sent.push(stranger(request, block, random));
  }
  return sent;
}

/** A frame that is well formed, of the right unit, and the answer to something else. */
function stranger(request: ReadRequest, block: Block, random: RandomState): Delivery {
  const distance = oneOf(random, [-1, 1, 256, -256, 0x100, wholeIn(random, [1, 0xfffe])]);
  const other = { ...request, transaction: (request.transaction + distance) & 0xffff };
  // The next request must not find its own number on an answer that was never its own.
  if (distance > 0 && distance < 4) other.transaction = (request.transaction - 1) & 0xffff;
  return {
    bytes: frameOf(other, honestBytes(block, { nonce: ~wholeIn(random, [0, 9999]) })),
    means: "nothing",
  };
}

function exceptionTo(request: ReadRequest, random: RandomState): Delivery {
  const exception = wholeIn(random, [0, 255]);
  const body = Buffer.of(request.unit, request.functionCode | 0x80, exception);
  return { bytes: withHeader(request.transaction, body), means: "exception", exception };
}

function broken(request: ReadRequest, block: Block, honest: Buffer, random: RandomState): Delivery {
  const bytes = Buffer.from(honest);
  switch (wholeIn(random, [0, 8])) {
    case 0:
      bytes[6] = (request.unit + wholeIn(random, [1, 255])) & 0xff;
      return { bytes, means: "refused" };
    case 1: {
      const other = (request.functionCode + wholeIn(random, [1, 127])) & 0x7f;
      bytes[7] = other === request.functionCode ? 0x2b : other;
      return { bytes, means: "refused" };
    }
    case 2:
      bytes[8] = ((bytes[8] ?? 0) + wholeIn(random, [1, 255])) & 0xff;
      return { bytes, means: "refused" };
    case 3:
      bytes.writeUInt16BE(wholeIn(random, [1, 0xffff]), 2);
      return { bytes, means: "refused" };
    case 4:
      bytes.writeUInt16BE(wholeIn(random, [255, 0xffff]), 4);
      return { bytes, means: "refused" };
    case 5:
      bytes.writeUInt16BE(wholeIn(random, [0, 2]), 4);
      return { bytes, means: "refused" };
    case 6: {
      // As many bytes as its length says, and fewer than were asked for.
      const shorter = bytes.subarray(0, wholeIn(random, [9, bytes.length - 1]));
      shorter.writeUInt16BE(shorter.length - 6, 4);
      return { bytes: shorter, means: "refused" };
    }
    case 7: {
      const longer = Buffer.concat([bytes, Buffer.alloc(wholeIn(random, [1, 8]), 0xa5)]);
      longer.writeUInt16BE(longer.length - 6, 4);
      return { bytes: longer, means: "refused" };
    }
    default:
      // The rest never comes. Nothing may follow it: TCP loses no bytes in the middle.
      return {
        bytes: bytes.subarray(0, wholeIn(random, [0, bytes.length - 1])),
        means: "unfinished",
      };
  }
}

interface Asked {
  readonly device: ModbusDevice;
  readonly block: Block;
  readonly memory: Memory;
}

function judge(heard: Heard, sent: readonly Delivery[], { device, block, memory }: Asked): string {
  const first = sent.find(({ means }) => means !== "nothing");
  switch (heard.kind) {
    case "values":
      if (first?.means !== "values")
        throw new Misattributed(`values out of ${first?.means ?? "nothing"}`);
      for (const point of block.points) {
        const size = isBitTable(block.table) ? 1 : 2;
        const value = point.decode(heard.bytes, (point.offset - block.first) * size);
        const tag = device.tags[point.tag];
        if (tag === undefined) throw new Misattributed(`a value for tag ${point.tag}`);
        demand(value, expectedValue(tag, memory), `${tag.signal} at ${tag.address}, ${tag.type}`);
      }
      return "values";
    case "exception":
      if (first?.means !== "exception")
        throw new Misattributed(`an exception out of ${first?.means}`);
      demand(heard.exception, first.exception, "the exception");
      return "exception";
    case "malformed":
      if (first?.means !== "refused")
        throw new Misattributed(`${first?.means ?? "nothing"} was refused`);
      return "refused";
    case "waits":
      if (first === undefined || first.means === "unfinished") return "waits";
      throw new Misattributed(`${first.means} was not heard`);
  }
}

function frameOf(request: ReadRequest, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.of(request.unit, request.functionCode, data.length), data]);
  return withHeader(request.transaction, body);
}

function withHeader(transaction: number, body: Buffer): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]);
}
