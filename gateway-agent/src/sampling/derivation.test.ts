import { modbusDevice, type DerivedTag } from "@only-mes/protocols/device-map/schema";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { expect, test } from "vitest";
import { Derivation } from "./derivation.ts";
import { samplingRule } from "./rules.ts";

function derivation(derived: Partial<DerivedTag> & { expression: string }): Derivation {
  const device = modbusDevice.parse({
    id: "plc",
    driver: "modbus",
    endpoint: "tcp://127.0.0.1:502",
    line: "line",
    tags: [
      { signal: "unit/other", address: "holding:9", type: "float64" },
      { signal: "unit/a", address: "holding:0", type: "int16", scale: { factor: 0.1 } },
      { signal: "unit/b", address: "holding:1", type: "uint64" },
    ],
    derived: [{ signal: "unit/x", inputs: { a: "unit/a", b: "unit/b" }, ...derived }],
  });
  return new Derivation(
    device,
    device.tags.map((tag) => samplingRule(tag, device)),
  );
}

const reading = (tag: number, value: MetricValue, timeMs: number) => ({
  tag,
  value,
  timeMs,
  sourced: true,
});
const a = (value: MetricValue, timeMs: number) => reading(1, value, timeMs);
const b = (value: MetricValue, timeMs: number) => reading(2, value, timeMs);
const derived = (value: MetricValue, timeMs: number) => [{ tag: 3, value, timeMs, sourced: false }];

test("[SA12] it follows its inputs in engineering units, at the time of the newest", () => {
  const of = derivation({ expression: "a + b" });
  expect(of.derive([a(50, 1000), b(2, 900)])).toEqual(derived(7, 1000));
  expect(of.derive([b(3n, 1500)])).toEqual(derived(8, 1500));
  expect(of.derive([reading(0, 99, 1600)])).toEqual([]);
});

test("[SA12] before every input was read there is nothing to tell", () => {
  const of = derivation({ expression: "a + b" });
  expect(of.derive([a(50, 1000)])).toEqual([]);
  expect(of.derive([b(1, 1001)])).toEqual(derived(6, 1001));
});

test("[SA13] it is bad while an input is bad, and good again with it", () => {
  const of = derivation({ expression: "a > 0 || b > 0" });
  of.derive([a(1, 1), b(1, 1)]);
  expect(of.derive([b(null, 2)])).toEqual(derived(null, 2));
  expect(of.derive([a(2, 3)])).toEqual(derived(null, 3));
  expect(of.derive([b(0, 4)])).toEqual(derived(1, 4));
});

test("[SA13] what is no number is bad, as is what is no code", () => {
  const ratio = derivation({ expression: "a / b" });
  expect(ratio.derive([a(10, 1), b(0, 1)])).toEqual(derived(null, 1));
  const code = derivation({ expression: "a / b", role: "stopCode" });
  expect(code.derive([a(10, 1), b(2, 1)])).toEqual(derived(null, 1));
  expect(code.derive([a(20, 2), b(2, 2)])).toEqual(derived(1, 2));
  const bit = derivation({ expression: "a - b", role: "status" });
  expect(bit.derive([a(10, 1), b(1, 1)])).toEqual(derived(false, 1));
  expect(bit.derive([b("text", 2)])).toEqual(derived(null, 2));
});

test("[SA12] numbers in columns are followed as others are", () => {
  const of = derivation({ expression: "a + b" });
  const columns = (values: number[], timeMs: number) => ({
    tags: Uint32Array.of(0, 1, 2),
    values: Float64Array.from(values),
    timeMs,
  });
  expect(of.deriveFromNumbers(columns([9, 50, 2], 1000))).toEqual(derived(7, 1000));
  expect(of.deriveFromNumbers(columns([9, Number.NaN, 2], 1001))).toEqual(derived(null, 1001));
  expect(of.derive([a(10, 1002)])).toEqual(derived(3, 1002));
});

test("[SA14] after a loss no old value meets a new one", () => {
  const of = derivation({ expression: "a + b" });
  of.derive([a(50, 1000), b(2, 1000)]);
  of.forget();
  expect(of.derive([a(60, 9000)])).toEqual([]);
  expect(of.derive([b(3, 9001)])).toEqual(derived(9, 9001));
});
