import {
  datatypes,
  type Datatype,
  type Metric,
  type MetricValue,
  type Property,
} from "@only-mes/protocols/sparkplug/payload";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";

/** Metrics as edge nodes of all makes send them: by name, by alias or by both, with and without types. */
export function anyMetric(random: RandomState): Metric {
  const datatype = anyDatatype(random);
  const hasName = fraction(random) < 0.4;
  const isNull = fraction(random) < 0.1;
  return {
    ...(hasName && { name: oneOf(random, names) }),
    ...((!hasName || fraction(random) < 0.3) && { alias: anyAlias(random) }),
    ...(fraction(random) < 0.8 && { timestampMs: wholeIn(random, [0, 2 ** 45]) }),
    ...(fraction(random) < 0.2 && { isHistorical: true }),
    ...(fraction(random) < 0.2 && { properties: { Quality: anyQuality(random) } }),
    datatype,
    value: isNull ? null : anyValue(datatype, random),
  };
}

function anyQuality(random: RandomState): Property {
  return { type: datatypes.Int32, value: oneOf(random, [0, 192, 500, -1]) };
}

const names = [
  "filler/good-count",
  "Delivery/Epoch",
  "Delivery/Sequence",
  "Node Control/Rebirth",
  "bdSeq",
  "__proto__",
  "Kühlung/Temperatur",
  "",
] as const;

function anyAlias(random: RandomState): number {
  return oneOf(random, [
    1,
    2,
    wholeIn(random, [0, 20]),
    wholeIn(random, [0, 2 ** 31]),
    2 ** 53 - 1,
  ]);
}

const all = Object.values(datatypes) as [Datatype, ...Datatype[]];

export function anyDatatype(random: RandomState): Datatype {
  return oneOf(random, all);
}

export function anyValue(datatype: Datatype, random: RandomState): NonNullable<MetricValue> {
  switch (datatype) {
    case datatypes.Boolean:
      return fraction(random) < 0.5;
    case datatypes.String:
    case datatypes.Text:
      return oneOf(random, ["", "Kühlung", "a\0b", "x".repeat(wholeIn(random, [0, 200])), "😀"]);
    case datatypes.Float:
      return Math.fround(anyReal(random));
    case datatypes.Double:
      return anyReal(random);
    case datatypes.DateTime:
      return wholeIn(random, [0, 2 ** 45]);
    default: {
      const { bits, signed } = widths[datatype];
      const raw = BigInt.asUintN(64, anyBits(random));
      const whole = signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
      const rounded = Number(whole);
      return Number.isSafeInteger(rounded) ? rounded : whole;
    }
  }
}

const widths = {
  [datatypes.Int8]: { bits: 8, signed: true },
  [datatypes.Int16]: { bits: 16, signed: true },
  [datatypes.Int32]: { bits: 32, signed: true },
  [datatypes.Int64]: { bits: 64, signed: true },
  [datatypes.UInt8]: { bits: 8, signed: false },
  [datatypes.UInt16]: { bits: 16, signed: false },
  [datatypes.UInt32]: { bits: 32, signed: false },
  [datatypes.UInt64]: { bits: 64, signed: false },
} as const;

function anyReal(random: RandomState): number {
  const wide = (fraction(random) - 0.5) * 10 ** wholeIn(random, [-300, 300]);
  return oneOf(random, [0, -0, 1.5, -273.15, wide, Infinity, -Infinity, Number.NaN]);
}

/** Numbers near the powers of two are where encodings break. */
function anyBits(random: RandomState): bigint {
  const high = BigInt(wholeIn(random, [0, 2 ** 32 - 1]));
  const low = BigInt(wholeIn(random, [0, 2 ** 32 - 1]));
  const near = (1n << BigInt(wholeIn(random, [0, 63]))) + BigInt(wholeIn(random, [-2, 2]));
  return fraction(random) < 0.5 ? near : (high << 32n) | low;
}
