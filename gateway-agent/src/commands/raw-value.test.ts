import fc from "fast-check";
import { expect, test } from "vitest";
import type { ValueType } from "@only-mes/protocols/device-map/schema";
import type { WriteRule } from "@only-mes/protocols/events/command";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { isSame, rawValue } from "./raw-value.ts";
import type { CommandSignal } from "./target.ts";

const ranges = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
} as const;

interface Scale {
  factor: number;
  offset: number;
}

function signal(type: ValueType, write: WriteRule, scale?: Scale): CommandSignal {
  return {
    tag: 0,
    name: "unit/x",
    type,
    datatype: datatypes.Double,
    length: undefined,
    write,
    scaling: {
      factor: scale?.factor ?? 1,
      offset: scale?.offset ?? 0,
      isScaled: scale !== undefined,
      lowest: Number.NEGATIVE_INFINITY,
      highest: Number.POSITIVE_INFINITY,
      deadband: { kind: "none" },
      heartbeatMs: 1000,
    },
  };
}

const integerType = fc.constantFrom(...(Object.keys(ranges) as (keyof typeof ranges)[]));
const some = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
const scale = fc.record({
  factor: fc.constantFrom(0.001, 0.1, 0.25, 1, 3, -2),
  offset: fc.constantFrom(-273.15, 0, 10),
});

test("[CM1] [CM6] what is let through is whole, in the range of its type, and within the limits as the device holds it", () => {
  fc.assert(
    fc.property(integerType, scale, some, some, some, (type, of, a, b, value) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const { raw } = rawValue(signal(type, { min, max }, of), value);
      if (raw === undefined) return;
      const [least, most] = ranges[type];
      expect(Number.isInteger(raw)).toBe(true);
      expect(raw).toBeGreaterThanOrEqual(least);
      expect(raw).toBeLessThanOrEqual(most);
      const held = Number(raw) * of.factor + of.offset;
      const slack = Math.abs(held) * 1e-9 + 1e-9;
      expect(held).toBeGreaterThanOrEqual(min - slack);
      expect(held).toBeLessThanOrEqual(max + slack);
      expect(Math.abs(held - value)).toBeLessThanOrEqual(Math.abs(of.factor) / 2 + slack);
    }),
    { seed: 11, numRuns: 5000 },
  );
});

test("[CM6] every value that a device can show may be written as it is shown", () => {
  fc.assert(
    fc.property(
      integerType,
      scale,
      fc.double({ noNaN: true, min: 0, max: 1 }),
      (type, of, part) => {
        const [least, most] = ranges[type];
        const held = Math.round(least + (most - least) * part) + 0;
        const shown = held * of.factor + of.offset;
        const limits = { min: -1e12, max: 1e12 };
        expect(rawValue(signal(type, limits, of), shown)).toEqual({ raw: held });
      },
    ),
    { seed: 12, numRuns: 5000 },
  );
});

test("[CM6] a scale without an inverse lets nothing through", () => {
  const flat = signal("int16", { min: 0, max: 10 }, { factor: 0, offset: 5 });
  expect(rawValue(flat, 5).why).toMatch(/cannot be turned round/);
});

test("[CM1] limits hold for what the device will hold after rounding", () => {
  const coarse = signal("int16", { min: 0, max: 14 }, { factor: 10, offset: 0 });
  expect(rawValue(coarse, 14)).toEqual({ raw: 1 });
  expect(rawValue({ ...coarse, write: { min: 6, max: 9 } }, 8).why).toMatch(/can hold is 10/);
});

test("[CM7] half precision is the same as far as it goes", () => {
  const half = signal("float16", { min: 0, max: 1 });
  expect([isSame(half, 0.1, 0.099_975_585_9375), isSame(half, 0.1, 0.0996)]).toEqual([true, false]);
});
