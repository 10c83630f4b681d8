import fc from "fast-check";
import sparkplug from "sparkplug-payload";
import { expect, test } from "vitest";
import { datatypes, decodePayload, encodePayload, type Metric } from "./payload.ts";

test.for([
  ["Int8", -128],
  ["Int16", -32_768],
  ["Int32", -2_147_483_648],
  ["Int64", -9_007_199_254_740_991],
  ["Int64", -9_223_372_036_854_775_808n],
  ["UInt8", 255],
  ["UInt16", 65_535],
  ["UInt32", 4_294_967_295],
  ["UInt64", 9_007_199_254_740_991],
  ["UInt64", 18_446_744_073_709_551_615n],
  ["Float", 0.5],
  ["Double", -0.1],
  ["Boolean", true],
  ["String", "Kühlung"],
  ["DateTime", 1_763_000_000_000],
] as const)("a %s of %s is read as it was written", ([type, value]) => {
  const metric: Metric = { alias: 3, datatype: datatypes[type], timestampMs: 5, value };
  expect(decodePayload(encodePayload({ timestampMs: 9, seq: 200, metrics: [metric] }))).toEqual({
    timestampMs: 9,
    seq: 200,
    metrics: [metric],
  });
});

test("a value without a datatype is read by the datatype of its birth", () => {
  const ofAnother = sparkplug.get("spBv1.0")?.encodePayload({
    timestamp: 9,
    metrics: [{ alias: 3, type: "Int16", value: 40_000 }],
  });
  const bytes = ofAnother ?? new Uint8Array();
  const decoded = decodePayload(bytes, ({ alias }) => (alias === 3 ? datatypes.Int16 : undefined));
  expect(decoded.metrics[0]?.value).toBe(-25_536);
});

test("what another encoder writes is read alike", () => {
  const bytes = sparkplug.get("spBv1.0")?.encodePayload({
    timestamp: 1_763_000_000_000,
    seq: 3,
    metrics: [
      { name: "a", type: "UInt32", value: 4_000_000_000 },
      { name: "b", type: "Double", value: 1.25 },
      { name: "c", type: "Boolean", value: false },
    ],
  });
  const { metrics, seq } = decodePayload(bytes ?? new Uint8Array());
  expect(seq).toBe(3);
  expect(metrics.map(({ value }) => value)).toEqual([4_000_000_000, 1.25, false]);
});

test("a datatype that cannot be encoded names the metric and what can", () => {
  const metrics: Metric[] = [{ name: "odd", datatype: 99, value: 1 }];
  expect(() => encodePayload({ metrics })).toThrow(/metric odd: datatype 99.*Int8/);
});

test("bytes that are no payload throw, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let outcome = "decoded";
      try {
        decodePayload(bytes);
      } catch (error) {
        outcome = error instanceof Error ? "refused" : "crashed";
      }
      expect(outcome).not.toBe("crashed");
    }),
    { seed: 1, numRuns: 5000 },
  );
});
