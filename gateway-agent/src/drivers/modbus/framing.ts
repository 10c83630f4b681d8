import { decodeReply, encodeRequest, splitFrame, type TcpRequest } from "./frame.ts";
import type { Pdu, Reply } from "./pdu.ts";
import { decodeRtu, encodeRtu, splitRtu } from "./rtu.ts";

/** How requests and replies stand on one connection. It knows the request that is in flight. */
export interface Framing {
  /** Bytes of the request, which is in flight from now on. */
  ask(unit: number, pdu: Pdu): Buffer;
  /** @throws {RangeError} if the bytes are not of this protocol. */
  split(received: Buffer): { frame: Buffer; rest: Buffer } | undefined;
  /** The reply as one to the request in flight. */
  answer(frame: Buffer): Reply;
  /** Whether a late reply could be taken for the answer to another request. */
  readonly hasNoIds: boolean;
}

export function tcpFraming(): Framing {
  let transaction = 0;
  let asked: TcpRequest | undefined;
  return {
    hasNoIds: false,
    ask(unit, pdu) {
      transaction = (transaction + 1) & 0xffff;
      asked = { transaction, unit, ...pdu };
      return encodeRequest(transaction, unit, pdu);
    },
    split: splitFrame,
    answer: (frame) => (asked === undefined ? unasked : decodeReply(frame, asked)),
  };
}

export function rtuFraming(): Framing {
  let asked: { unit: number; pdu: Pdu } | undefined;
  return {
    hasNoIds: true,
    ask(unit, pdu) {
      asked = { unit, pdu };
      return encodeRtu(unit, pdu);
    },
    split: splitRtu,
    answer: (frame) => (asked === undefined ? unasked : decodeRtu(frame, asked.unit, asked.pdu)),
  };
}

const unasked: Reply = { kind: "stranger", why: "nobody asked" };
