import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublishQos0, mqttFrames } from "./mqttFrames.ts";

/** A packet with a payload of so many bytes. */
function packet(firstByte: number, length: number): Buffer {
  const header = [firstByte];
  let rest = length;
  do {
    header.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, firstByte)]);
}

describe("MQTT frames", () => {
  it("are cut alike, however the bytes come in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0x10, 0x30, 0x32, 0xc0), fc.nat(20_000)), {
          maxLength: 6,
        }),
        fc.array(fc.nat(40_000), { maxLength: 8 }),
        (packets, cuts) => {
          const sent = packets.map(([first, length]) => packet(first, length));
          const bytes = Buffer.concat(sent);
          const frames = mqttFrames();
          const edges = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length];
          edges.sort((a, b) => a - b);
          const got = edges.flatMap((edge, index) =>
            frames.push(bytes.subarray(edges[index - 1] ?? 0, edge)),
          );
          expect(got.map((frame) => frame.toString("hex"))).toEqual(
            sent.map((frame) => frame.toString("hex")),
          );
        },
      ),
    );
  });

  it("know a PUBLISH of QoS 0, retained or not", () => {
    expect([0x30, 0x31, 0x38].map((first) => isPublishQos0(packet(first, 3)))).toEqual([
      true,
      true,
      true,
    ]);
    expect([0x32, 0x34, 0x10, 0xc0].some((first) => isPublishQos0(packet(first, 3)))).toBe(false);
  });
});
