import fc from "fast-check";
import sparkplug from "sparkplug-payload";
import { expect, test } from "vitest";
import {
  asHistorical,
  DdataBatch,
  encodeDdataBody,
  thinned,
  withSeq,
  type DdataSample,
} from "./ddata.ts";
import { datatypes, decodePayload, encodePayload, type Metric } from "./payload.ts";

const delivery = { epochAlias: 1, epoch: 2 ** 53 - 1, sequenceAlias: 2, sequence: 77 };
const gatewayTimeMs = 1_763_000_000_123;

const sample = (datatype: fc.Arbitrary<DdataSample>) => fc.array(datatype, { maxLength: 40 });
const base = {
  alias: fc.integer({ min: 3, max: 2 ** 31 }),
  timestampMs: fc.integer({ min: 0, max: 2 ** 45 }),
};
const { Boolean, Double, Float, Int16, Int32, Int64, String, UInt16, UInt32, UInt64 } = datatypes;
const anySample: fc.Arbitrary<DdataSample> = fc.oneof(
  ...(
    [
      [Boolean, fc.boolean()],
      [UInt16, fc.integer({ min: 0, max: 65_535 })],
      [Int16, fc.integer({ min: -32_768, max: 32_767 })],
      [Int32, fc.integer()],
      [UInt32, fc.integer({ min: 0, max: 2 ** 32 - 1 })],
      [Int64, fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }))],
      [UInt64, fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }))],
      [Float, fc.float({ noNaN: true })],
      [Double, fc.double({ noNaN: true })],
      [String, fc.string({ unit: "grapheme", maxLength: 300 })],
    ] as const
  ).map(([datatype, value]) =>
    fc.record({
      ...base,
      datatype: fc.constant(datatype),
      value: fc.option(value as fc.Arbitrary<number>, { freq: 6 }),
    }),
  ),
);

const asMetric = ({ alias, datatype, timestampMs, value }: DdataSample): Metric => ({
  alias,
  timestampMs,
  datatype,
  value,
  ...(value === null && {
    properties: Object.assign(Object.create(null), { Quality: { type: 3, value: 0 } }),
  }),
});

test("a body with its seq is the payload that the generated codec would write, in time order", () => {
  fc.assert(
    fc.property(sample(anySample), fc.integer({ min: 0, max: 255 }), (samples, seq) => {
      const payload = withSeq(encodeDdataBody(gatewayTimeMs, delivery, samples), seq);
      const inOrder = samples.toSorted((a, b) => a.timestampMs - b.timestampMs);
      const timestampMs = Math.min(gatewayTimeMs, inOrder[0]?.timestampMs ?? gatewayTimeMs);
      const metrics = [
        { alias: 1, timestampMs, datatype: UInt64, value: delivery.epoch },
        { alias: 2, timestampMs, datatype: UInt64, value: delivery.sequence },
        ...inOrder.map(asMetric),
      ];
      const expected = decodePayload(encodePayload({ timestampMs: gatewayTimeMs, seq, metrics }));
      expect(decodePayload(payload)).toEqual(expected);
    }),
    { seed: 2 },
  );
});

test("an independent decoder reads it", () => {
  const samples: DdataSample[] = [
    { alias: 3, datatype: Float, timestampMs: gatewayTimeMs, value: 1.5 },
    { alias: 4, datatype: UInt16, timestampMs: gatewayTimeMs, value: 65_535 },
    { alias: 5, datatype: Double, timestampMs: gatewayTimeMs, value: null },
  ];
  const payload = withSeq(encodeDdataBody(gatewayTimeMs, delivery, samples), 200);
  const decoded = sparkplug.get("spBv1.0")?.decodePayload(payload);
  expect(decoded?.metrics?.slice(2).map(({ value }) => value)).toEqual([1.5, 65_535, null]);
  expect(Number(decoded?.seq)).toBe(200);
});

test("a historical body flags every metric but those of Delivery", () => {
  fc.assert(
    fc.property(sample(anySample), (samples) => {
      const body = encodeDdataBody(gatewayTimeMs, delivery, samples);
      const expected = decodePayload(body).metrics.map((metric) =>
        (metric.alias ?? 0) < 3 ? metric : { ...metric, isHistorical: true },
      );
      expect(decodePayload(asHistorical(body, (alias) => alias < 3)).metrics).toEqual(expected);
    }),
    { seed: 3 },
  );
});

test("a thinned body has lost exactly the metrics that were refused", () => {
  fc.assert(
    fc.property(sample(anySample), (samples) => {
      const body = encodeDdataBody(gatewayTimeMs, delivery, samples);
      const keeps = (alias: number) => alias < 3 || alias % 2 === 0;
      const { body: thin, removed } = thinned(body, keeps);
      const expected = decodePayload(body).metrics.filter(({ alias = 0 }) => keeps(alias));
      expect(decodePayload(thin).metrics).toEqual(expected);
      expect(removed).toBe(samples.length + 2 - expected.length);
    }),
    { seed: 4 },
  );
});

test("a batch that refused a value, and one that is used again, hold what came beside it", () => {
  const batch = new DdataBatch();
  const fill = () => {
    batch.add(3, Float, gatewayTimeMs, 1.5);
    expect(() => batch.add(4, Int64, gatewayTimeMs, "twelve and a half")).not.toThrow();
    expect(() => batch.add(5, Int64, gatewayTimeMs, Number.NaN)).toThrow(RangeError);
    batch.add(6, UInt16, gatewayTimeMs - 1, 7);
    const { metrics } = decodePayload(batch.body(gatewayTimeMs, delivery));
    return metrics.slice(2).map(({ alias, value }) => [alias, value]);
  };
  const expected = [
    [6, 7],
    [3, 1.5],
    [4, "twelve and a half"],
  ];
  const first = fill();
  batch.clear();
  expect([first, fill()]).toEqual([expected, expected]);
});
