import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReply, encodeRequest, splitFrame, type ReadRequest } from "./frame.ts";

const request: ReadRequest = {
  transaction: 0x1234,
  unit: 7,
  functionCode: 3,
  first: 0x10,
  count: 2,
};
const reply = (hex: string) => decodeReply(Buffer.from(hex.replaceAll(" ", ""), "hex"), request);

describe("frames, golden bytes", () => {
  test("a read of two holding registers", () => {
    expect(encodeRequest(request.transaction, request.unit, request).toString("hex")).toBe(
      "123400000006070300100002",
    );
  });

  test("its answer", () => {
    expect(reply("1234 0000 0007 07 03 04 0001 0002")).toEqual({
      kind: "values",
      bytes: Buffer.from("00010002", "hex"),
    });
  });

  test("an exception is an answer", () => {
    expect(reply("1234 0000 0003 07 83 02")).toEqual({ kind: "exception", exception: 2 });
  });

  test("an answer with another transaction id belongs to nobody here", () => {
    expect(reply("1233 0000 0007 07 03 04 0001 0002").kind).toBe("stranger");
  });

  test.for([
    ["of another unit", "1234 0000 0007 08 03 04 0001 0002"],
    ["with another function code", "1234 0000 0007 07 04 04 0001 0002"],
    ["with fewer bytes than were asked for", "1234 0000 0005 07 03 02 0001"],
    ["whose byte count lies", "1234 0000 0007 07 03 06 0001 0002"],
  ] as const)("an answer %s breaks the connection", ([, hex]) => {
    expect(reply(hex).kind).toBe("malformed");
  });

  test("bits come packed, the first in the lowest", () => {
    const bits: ReadRequest = { ...request, functionCode: 1, count: 10 };
    const frame = Buffer.from("123400000005070102cd01", "hex");
    expect(decodeReply(frame, bits)).toEqual({
      kind: "values",
      bytes: Buffer.of(1, 0, 1, 1, 0, 0, 1, 1, 1, 0),
    });
  });
});

describe("a stream of frames", () => {
  const frame = Buffer.from("1234000000050703020001", "hex");

  test("is split at its lengths, however it was cut", () => {
    const stream = Buffer.concat([frame, frame, frame]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      let received: Buffer = stream.subarray(0, cut);
      let frames = 0;
      for (let split = splitFrame(received); split !== undefined; split = splitFrame(received)) {
        expect(split.frame).toEqual(frame);
        received = split.rest;
        frames += 1;
      }
      expect(frames).toBe(Math.floor(cut / frame.length));
    }
  });

  test("that is not Modbus is refused, and never loops", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const end = readAll(Buffer.from(bytes));
        expect(end === "waits" || end instanceof RangeError).toBe(true);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

/** How reading a stream ends: it waits for more, or it is refused. */
function readAll(stream: Buffer): unknown {
  try {
    let received = stream;
    for (let split = splitFrame(received); split !== undefined; split = splitFrame(received)) {
      if (split.rest.length >= received.length) return "loops";
      decodeReply(split.frame, request);
      received = split.rest;
    }
    return "waits";
  } catch (error) {
    return error;
  }
}
