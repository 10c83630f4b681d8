import sparkplug from "sparkplug-payload";
import { expect, test } from "vitest";
import type { SignalDefinition } from "../plant/signal.ts";
import { dbirthPayload, nbirthPayload, ndeathPayload, nextSeq } from "./births.ts";
import { datatypes, decodePayload, encodePayload } from "./payload.ts";

const definition: SignalDefinition = {
  line: { id: "line", name: "Line", enterprise: "e", site: "s", area: "a" },
  unit: { id: "unit", name: "Unit", position: 0, pacesLine: true, outputOfLine: true },
  name: "temperature",
  role: "analog",
  periodMs: 1000,
  heartbeatMs: 10_000,
  engineeringUnit: "°C",
};

test("tck-id-topics-ndeath-payload, -ndeath-seq: bdSeq alone, INT64, and no seq", () => {
  const payload = ndeathPayload(7, 1000);
  expect(payload.seq).toBeUndefined();
  expect(payload.metrics).toEqual([{ name: "bdSeq", datatype: datatypes.Int64, value: 7 }]);
});

test("tck-id-topics-nbirth-seq-num, -nbirth-bdseq-included: seq 0 and the bdSeq of the will", () => {
  const payload = nbirthPayload(7, 1000);
  expect(payload.seq).toBe(0);
  expect(payload.metrics.map(({ name, value }) => [name, value])).toEqual([
    ["bdSeq", 7],
    ["Node Control/Rebirth", false],
  ]);
});

test("a seq is followed by the next one, 255 by 0", () => {
  expect([nextSeq(0), nextSeq(254), nextSeq(255)]).toEqual([1, 255, 0]);
});

test("a DBIRTH declares Delivery and every signal; an independent decoder reads the properties", () => {
  const delivery = { epochAlias: 1, epoch: 99, sequenceAlias: 2 };
  const signal = {
    metricName: "unit/temperature",
    alias: 3,
    datatype: datatypes.Float,
    definition,
    timestampMs: 900,
  };
  const bytes = encodePayload(
    dbirthPayload(1, 1000, delivery, [
      { ...signal, value: 21.5 },
      { ...signal, alias: 4, metricName: "unit/other", value: null },
    ]),
  );
  const [good, bad, epoch, sequence] = decodePayload(bytes).metrics;
  expect([epoch?.name, epoch?.value]).toEqual(["Delivery/Epoch", 99]);
  expect([sequence?.name, sequence?.value]).toEqual(["Delivery/Sequence", null]);
  expect(good).toMatchObject({ name: "unit/temperature", alias: 3, value: 21.5, timestampMs: 900 });
  expect(good?.properties?.["Quality"]).toEqual({ type: datatypes.Int32, value: 192 });
  expect(bad?.properties?.["Quality"]).toEqual({ type: datatypes.Int32, value: 0 });
  const other = sparkplug.get("spBv1.0")?.decodePayload(bytes).metrics?.[1];
  expect(JSON.parse(String(other?.properties?.["Definition"]?.value))).toEqual(definition);
  expect(other?.properties?.["engUnit"]).toEqual({ type: "String", value: "°C" });
});
