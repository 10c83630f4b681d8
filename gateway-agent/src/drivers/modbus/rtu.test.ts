import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fence } from "./fence.ts";
import type { Pdu, ReadPdu } from "./pdu.ts";
import { crc16, decodeRtu, encodeRtu, silenceMs, splitRtu } from "./rtu.ts";

const read: ReadPdu = { functionCode: 3, first: 0x6b, count: 3 };
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("RTU frames, golden bytes", () => {
  test.for([
    ["a read", read, "11 03 006b 0003 7687"],
    ["a coil", { functionCode: 5, first: 0xac, bit: true }, "11 05 00ac ff00"],
    ["one register", { functionCode: 6, first: 1, registers: hex("0003") }, "11 06 0001 0003"],
    ["one of many coils", { functionCode: 15, first: 0x13, bit: true }, "11 0f 0013 0001 01 01"],
    [
      "registers",
      { functionCode: 16, first: 1, registers: hex("000a0102") },
      "11 10 0001 0002 04 000a 0102",
    ],
    ["a mask", { functionCode: 22, first: 4, and: 0xf2, or: 0x25 }, "11 16 0004 00f2 0025"],
    [
      "write and read",
      { functionCode: 23, first: 3, registers: hex("00ff") },
      "11 17 0003 0001 0003 0001 02 00ff",
    ],
  ] as [string, Pdu, string][])("%s", ([, pdu, expected]) => {
    expect(encodeRtu(0x11, pdu).toString("hex")).toMatch(
      new RegExp(`^${expected.replaceAll(" ", "")}`),
    );
  });

  test("its answer, and an exception", () => {
    const answer = hex("11 03 06 022b 0000 0064 c8ba");
    expect(splitRtu(answer)?.frame).toEqual(answer);
    expect(decodeRtu(answer, 0x11, read)).toEqual({ kind: "values", bytes: hex("022b00000064") });
    const refusal = hex("11 83 02 c134");
    expect(splitRtu(refusal)?.frame).toEqual(refusal);
    expect(decodeRtu(refusal, 0x11, read)).toEqual({ kind: "exception", exception: 2 });
  });

  test("a single wrong bit anywhere is seen by the CRC, or leaves the frame unfinished", () => {
    const answer = hex("11 03 06 022b 0000 0064 c8ba");
    for (let bit = 0; bit < answer.length * 8; bit += 1) {
      const spoilt = Buffer.from(answer);
      spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(splits(spoilt)).not.toBe("whole");
    }
  });

  test("the answer of another unit, or to another request, is a stranger", () => {
    const answer = hex("11 03 06 022b 0000 0064 c8ba");
    expect(decodeRtu(answer, 0x12, read).kind).toBe("stranger");
    expect(decodeRtu(answer, 0x11, { ...read, count: 2 }).kind).toBe("stranger");
    expect(decodeRtu(answer, 0x11, { ...read, functionCode: 4 }).kind).toBe("stranger");
  });

  test("the silence between frames is 3.5 characters, and 1.75 ms above 19,200 baud", () => {
    expect(silenceMs(9600)).toBeCloseTo(4.01, 2);
    expect(silenceMs(19_200)).toBeCloseTo(2.005, 3);
    expect(silenceMs(115_200)).toBe(1.75);
  });

  test("any bytes wait for more, are a frame, or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["waits", "whole", "refused"]).toContain(splits(Buffer.from(bytes)));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

function splits(bytes: Buffer): string {
  try {
    return splitRtu(bytes) === undefined ? "waits" : "whole";
  } catch (error) {
    return error instanceof RangeError ? "refused" : "crashed";
  }
}

describe("the fence behind a timeout", () => {
  test("asks nothing of a unit that owes no answer", () => {
    const fence = new Fence(() => 0);
    fence.timedOut(1, read);
    expect(fence.probeBefore(2, read)).toBeUndefined();
  });

  const readOf = fc.record({
    functionCode: fc.constantFrom(1, 2, 3, 4),
    first: fc.integer({ min: 0, max: 65_400 }),
    count: fc.integer({ min: 1, max: 125 }),
  }) as fc.Arbitrary<ReadPdu>;

  test("whatever is owed, no late answer passes for that of the probe", () => {
    fc.assert(
      fc.property(fc.array(readOf, { minLength: 1, maxLength: 4 }), readOf, (owed, next) => {
        const fence = new Fence(() => 0);
        for (const pdu of owed) fence.timedOut(7, pdu);
        const probe = fence.probeBefore(7, next);
        if (probe === undefined) throw new Error("no probe");
        for (const pdu of owed) {
          const late = answerTo(pdu);
          expect(decodeRtu(late, 7, probe).kind).toBe("stranger");
        }
        expect(decodeRtu(answerTo(probe), 7, probe).kind).toBe("values");
        expect(fence.answered(7, probe, "values")).toBe(true);
        expect(fence.probeBefore(7, next)).toBeUndefined();
      }),
      { seed: 1 },
    );
  });

  test("a probe that is not answered either is owed too", () => {
    const fence = new Fence(() => 0);
    const probes: (number | undefined)[] = [];
    fence.timedOut(1, read);
    for (let turn = 0; turn < 4; turn += 1) {
      const probe = fence.probeBefore(1, read);
      probes.push(probe?.count);
      if (probe !== undefined) fence.timedOut(1, probe);
    }
    expect(probes).toEqual([2, 1, 4, 5]);
  });

  test("an exception tells nothing if that of another request may be on its way", () => {
    const fence = new Fence(() => 0);
    fence.timedOut(1, { functionCode: 3, first: 7, count: 1 });
    const probe: ReadPdu = { functionCode: 3, first: 7, count: 2 };
    expect(fence.probeBefore(1, { functionCode: 3, first: 7, count: 1 })).toEqual(probe);
    expect(fence.answered(1, probe, "exception")).toBe(false);
    // Of another function code it does: the device does not know it, and says so.
    expect(fence.answered(1, { functionCode: 4, first: 7, count: 1 }, "exception")).toBe(true);
  });

  test("what is missing for half a minute never comes", () => {
    let nowMs = 0;
    const fence = new Fence(() => nowMs);
    fence.timedOut(1, read);
    nowMs = 30_001;
    expect(fence.probeBefore(1, read)).toBeUndefined();
  });
});

function answerTo({ functionCode, count }: ReadPdu): Buffer {
  const data = Buffer.alloc(functionCode <= 2 ? Math.ceil(count / 8) : count * 2);
  const body = Buffer.concat([Buffer.of(7, functionCode, data.length), data]);
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(crc16(body, body.length));
  return Buffer.concat([body, crc]);
}
