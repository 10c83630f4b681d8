import { modbusDevice, type Tag } from "@only-mes/protocols/device-map/schema";
import { datatypes, type MetricValue } from "@only-mes/protocols/sparkplug/payload";
import fc from "fast-check";
import { expect, test } from "vitest";
import { datatypeOf, samplingRule } from "./rules.ts";
import { SampleColumns } from "./sample-columns.ts";
import { Sampler } from "./sampler.ts";

const heartbeatMs = 10_000;

function sampler(tag: Partial<Tag> = {}): Sampler {
  const device = modbusDevice.parse({
    id: "plc",
    driver: "modbus",
    endpoint: "tcp://127.0.0.1:502",
    line: "line",
    heartbeatMs,
    tags: [{ signal: "unit/value", address: "holding:0", type: "float64", ...tag }],
  });
  return new Sampler(device.tags.map((one) => samplingRule(one, device)));
}

/** Reads a value at a time, and gives what is sent of it as `value@time`. */
function read(
  of: Sampler,
  value: MetricValue,
  timeMs: number,
  { sourced = false, now = timeMs }: { sourced?: boolean; now?: number } = {},
): string[] {
  return texts(of.take([{ tag: 0, timeMs, sourced, value }], now));
}

const texts = (samples: readonly { value: MetricValue; timeMs: number }[]) =>
  samples.map(({ value, timeMs }) => `${String(value)}@${timeMs}`);

test("[SA1] a value is scaled before its deadband, and is a Double then", () => {
  const of = sampler({ scale: { factor: 0.1, offset: -5 }, deadband: 1 });
  expect(read(of, 100, 1)).toEqual(["5@1"]);
  expect(read(of, 105, 2)).toEqual([]);
  expect(read(of, 110, 3)).toEqual(["6@3"]);
  expect(datatypeOf("int16", true)).toBe(datatypes.Double);
  expect(datatypeOf("int16", false)).toBe(datatypes.Int16);
});

test("[SA1] a range is mapped to another, upside down too, and beyond its ends only if it is not clamped", () => {
  const scale = { factor: 1, offset: 0, from: [4, 20], to: [100, -100] } satisfies Tag["scale"];
  const free = sampler({ scale });
  expect([4, 12, 20, 22].map((raw, at) => read(free, raw, at)[0])).toEqual([
    "100@0",
    "0@1",
    "-100@2",
    "-125@3",
  ]);
  const clamped = sampler({ scale: { ...scale, clamp: true } });
  expect([3, 12, 22].map((raw, at) => read(clamped, raw, at)[0])).toEqual([
    "100@0",
    "0@1",
    "-100@2",
  ]);
});

test("[SA2] [SA3] the first value passes, then every change, if there is no deadband", () => {
  const of = sampler();
  expect(read(of, 1, 1)).toEqual(["1@1"]);
  expect(read(of, 1, 2)).toEqual([]);
  expect(read(of, 1.000001, 3)).toEqual(["1.000001@3"]);
});

test("[SA3] an absolute deadband holds against what was sent last, so that a drift passes", () => {
  const of = sampler({ deadband: 1 });
  const passed = [0, 0.4, 0.8, 1.2, 1.6, 2.4].flatMap((value, at) => read(of, value, at));
  expect(passed).toEqual(["0@0", "1.2@3", "2.4@5"]);
});

test("[SA3] a percent deadband is of the value sent last", () => {
  const of = sampler({ deadband: "10%" });
  expect(read(of, -100, 1)).toEqual(["-100@1"]);
  expect(read(of, -109, 2)).toEqual([]);
  expect(read(of, -110, 3)).toEqual(["-110@3"]);
  expect(read(of, -99.5, 4)).toEqual([]);
  const fromZero = sampler({ deadband: "10%" });
  expect([...read(fromZero, 0, 1), ...read(fromZero, 1e-9, 2)]).toEqual(["0@1", "1e-9@2"]);
});

test("[SA4] a counter passes every change, whatever its deadband", () => {
  const of = sampler({ role: "goodCount", type: "uint16", deadband: 100 });
  expect([1, 2, 2, 3].flatMap((value, at) => read(of, value, at))).toEqual(["1@0", "2@1", "3@3"]);
});

test("[SA5] what cannot be read is sent once, as no value; the next value passes, though it is the old one", () => {
  const of = sampler({ deadband: 5 });
  expect(read(of, 1, 1)).toEqual(["1@1"]);
  expect([...read(of, null, 2), ...read(of, null, 3)]).toEqual(["null@2"]);
  expect(read(of, 1, 4)).toEqual(["1@4"]);
});

test("[SA6] a silent signal is sent again at the next multiple of its heartbeat, and then at each", () => {
  const of = sampler({ deadband: 5 });
  read(of, 1, 4000);
  expect(read(of, 2, heartbeatMs - 1)).toEqual([]);
  expect(read(of, 2, heartbeatMs)).toEqual([`2@${heartbeatMs}`]);
  expect(read(of, 2, 2 * heartbeatMs - 1)).toEqual([]);
  expect(read(of, 2, 2 * heartbeatMs + 7)).toEqual([`2@${2 * heartbeatMs + 7}`]);
});

test("[SA6] a device may beat at a phase of its own", () => {
  const rule = {
    factor: 1,
    offset: 0,
    isScaled: false,
    lowest: Number.NEGATIVE_INFINITY,
    highest: Number.POSITIVE_INFINITY,
    deadband: { kind: "none" },
    heartbeatMs,
  } as const;
  const of = new Sampler([rule], 3000);
  read(of, 1, 4000);
  expect(read(of, 1, heartbeatMs + 2999)).toEqual([]);
  expect(read(of, 1, heartbeatMs + 3000)).toEqual([`1@${heartbeatMs + 3000}`]);
});

test("[SA6] a heartbeat never moves a time that the source gave", () => {
  const of = sampler({ role: "status", type: "bool" });
  expect(read(of, true, 50, { sourced: true, now: 60 })).toEqual(["true@50"]);
  expect(texts(of.heartbeats(heartbeatMs - 1))).toEqual([]);
  expect(texts(of.heartbeats(heartbeatMs))).toEqual(["true@50"]);
  expect(texts(of.heartbeats(heartbeatMs + 1))).toEqual([]);
  expect(read(of, true, 50, { sourced: true, now: 2 * heartbeatMs })).toEqual(["true@50"]);
});

test("[SA6] a signal that is bad or was never read has no heartbeat", () => {
  const of = sampler();
  expect(of.heartbeats(1e9)).toEqual([]);
  read(of, null, 5);
  expect(of.heartbeats(1e9)).toEqual([]);
});

test("[SA7] a source time before the bad sample restores the value just behind it", () => {
  const of = sampler();
  read(of, 7, 100, { sourced: true });
  expect(texts(of.lost(500, 600))).toEqual(["null@501"]);
  expect(read(of, 7, 100, { sourced: true, now: 900 })).toEqual(["7@502"]);
  expect(read(of, 7, 100, { sourced: true, now: 901 })).toEqual([]);
});

test("[SA7] a change that was on its way when the device was lost keeps its own time too", () => {
  const of = sampler();
  read(of, 7, 100, { sourced: true });
  of.lost(500, 600);
  expect(read(of, 8, 450, { sourced: true, now: 900 })).toEqual(["8@450", "8@502"]);
});

test("[SA7] a change after the loss stands for itself", () => {
  const of = sampler();
  read(of, 7, 100, { sourced: true });
  of.lost(500, 600);
  expect(read(of, 9, 700, { sourced: true, now: 900 })).toEqual(["9@700"]);
});

test("[SA8] a loss comes after everything that was sent, and only for what was not bad", () => {
  const of = sampler();
  read(of, 7, 800, { sourced: true });
  expect(texts(of.lost(500, 900))).toEqual(["null@801"]);
  expect(of.lost(500, 901)).toEqual([]);
});

test("[SA9] after a restart: bad from the last time observed, and no old value again", () => {
  const of = sampler();
  expect(texts(of.resumed(10_000, 5000, 20_000))).toEqual(["null@10001"]);
  expect(read(of, 7, 4000, { sourced: true, now: 20_001 })).toEqual(["7@10002"]);
  const onItsWay = sampler();
  onItsWay.resumed(10_000, 5000, 20_000);
  expect(read(onItsWay, 8, 9990, { sourced: true, now: 20_001 })).toEqual(["8@9990", "8@10002"]);
});

test("[SA10] a source time that moved is news though the value is the same", () => {
  const of = sampler({ role: "stopCode", type: "uint16" });
  read(of, 1, 100, { sourced: true });
  expect(read(of, 1, 140, { sourced: true })).toEqual(["1@140"]);
  expect(read(of, 1, 140, { sourced: true, now: 150 })).toEqual([]);
});

test("a birth tells the last value, and that a bad one is none", () => {
  const of = sampler({ deadband: 5 });
  expect(of.latest(0)).toBeUndefined();
  read(of, 1, 1);
  read(of, 2, 2);
  expect(of.latest(0)).toEqual({ value: 2, timeMs: 2 });
  of.lost(3, 4);
  expect(of.latest(0)).toEqual({ value: null, timeMs: 4 });
});

test("[SA1] to [SA8] numbers in columns follow the rules that single readings follow", () => {
  const tags: Partial<Tag>[] = [
    {},
    { deadband: 2 },
    { deadband: "10%" },
    { scale: { factor: 0.5, offset: 1 } },
    { role: "goodCount", type: "uint16" },
  ];
  const device = modbusDevice.parse({
    id: "plc",
    driver: "modbus",
    endpoint: "tcp://127.0.0.1:502",
    line: "line",
    heartbeatMs,
    tags: tags.map((tag, index) => ({
      signal: `unit/v${index}`,
      address: `holding:${4 * index}`,
      type: "float64",
      ...tag,
    })),
  });
  const rules = device.tags.map((one) => samplingRule(one, device));
  const value = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constant(Number.NaN));
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: heartbeatMs }),
    isLost: fc.boolean(),
    values: fc.array(value, { minLength: tags.length, maxLength: tags.length }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [single, inColumns] = [new Sampler(rules, 700), new Sampler(rules, 700)];
      const columns = new SampleColumns(2 * tags.length);
      let nowMs = 1_000_000;
      for (const { afterMs, isLost, values } of steps) {
        nowMs += afterMs;
        const [lost, lostInColumns] = [single, inColumns].map((of) =>
          isLost ? of.lost(nowMs - 1, nowMs) : [],
        );
        expect(lostInColumns).toEqual(lost);
        columns.clear();
        const numbers = { tags: Uint32Array.from(tags.keys()), values: Float64Array.from(values) };
        inColumns.takeNumbers({ ...numbers, timeMs: nowMs }, nowMs, columns);
        const readings = values.map((one, tag) => ({
          tag,
          timeMs: nowMs,
          sourced: false,
          value: Number.isNaN(one) ? null : one,
        }));
        expect(columns.samples()).toEqual(single.take(readings, nowMs));
      }
    }),
    { seed: 5 },
  );
});
