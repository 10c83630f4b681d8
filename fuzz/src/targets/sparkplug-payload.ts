import {
  datatypes,
  decodePayload,
  encodePayload,
  type Metric,
  type SparkplugPayload,
} from "@only-mes/protocols/sparkplug/payload";
import { fraction, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { damaged } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";
import { anyMetric } from "./any-payload.ts";
import { readWire, type WireMetric } from "./protobuf.ts";

/** Whole payloads come out as they went in; damaged ones as a strict reader reads them, or not at all. */
export const sparkplugPayload: FuzzTarget = {
  what: "Sparkplug payloads, whole and damaged, beside a strict reader of their bytes",
  attempt(random) {
    const payload = anyPayload(random);
    const bytes = encodePayload(payload);
    if (fraction(random) < 0.3) {
      compareMetrics(decodePayload(bytes).metrics, payload.metrics);
      return "whole";
    }
    const broken = damaged(bytes, random);
    const decoded = decodeOrRefuse(broken);
    if (decoded === undefined) return "refused";
    const wire = readWire(broken);
    if (wire === undefined) return "accepted beyond the strict reader";
    demand(decoded.metrics.length, wire.metrics.length, "metrics");
    demand(decoded.seq, wire.seq === undefined ? undefined : Number(wire.seq), "seq");
    decoded.metrics.forEach((metric, at) => compareWire(metric, wire.metrics[at]));
    return "accepted";
  },
};

export function anyPayload(random: RandomState): SparkplugPayload {
  return {
    timestampMs: wholeIn(random, [0, 2 ** 45]),
    ...(fraction(random) < 0.9 && { seq: wholeIn(random, [0, 255]) }),
    metrics: Array.from({ length: wholeIn(random, [0, 8]) }, () => anyMetric(random)),
  };
}

function decodeOrRefuse(bytes: Uint8Array): SparkplugPayload | undefined {
  try {
    return decodePayload(bytes);
  } catch (error) {
    // Any Error is a refusal by contract, but these betray a reader that has lost its way.
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    if (error.message.includes("Maximum call stack")) throw error;
    return undefined;
  }
}

function compareMetrics(decoded: readonly Metric[], sent: readonly Metric[]): void {
  demand(decoded.length, sent.length, "metrics");
  sent.forEach((metric, at) => {
    for (const field of ["name", "alias", "timestampMs", "datatype", "value"] as const) {
      demand(decoded[at]?.[field], metric[field], `${field} of metric ${at}`);
    }
    const quality = metric.properties?.["Quality"]?.value;
    demand(decoded[at]?.properties?.["Quality"]?.value, quality, `quality of metric ${at}`);
    demand(decoded[at]?.isHistorical ?? false, metric.isHistorical ?? false, `history of ${at}`);
  });
}

function compareWire(metric: Metric, wire: WireMetric | undefined): void {
  if (wire === undefined) throw new Misattributed("a metric that nobody sent");
  demand(metric.name, wire.name, "name");
  demand(metric.alias, wire.alias === undefined ? undefined : Number(wire.alias), "alias");
  demand(metric.datatype, wire.datatype, "datatype");
  demand(metric.isHistorical ?? false, wire.isHistorical, "is_historical");
  demand(metric.value, wire.isNull ? null : meaning(wire), "value");
}

function meaning({ value, datatype }: WireMetric): unknown {
  switch (value?.field) {
    case undefined:
      return null;
    case "int":
      return Number(BigInt.asIntN(64, signed(value.raw, datatype)));
    case "long": {
      const whole = datatype === datatypes.Int64 ? BigInt.asIntN(64, value.raw) : value.raw;
      const rounded = Number(whole);
      return Number.isSafeInteger(rounded) ? rounded : whole;
    }
    case "float":
    case "double":
      return value.number;
    case "boolean":
      return value.truth;
    case "string":
      return value.text;
  }
}

function signed(raw: bigint, datatype: number | undefined): bigint {
  if (datatype === datatypes.Int8) return BigInt.asIntN(8, raw);
  if (datatype === datatypes.Int16) return BigInt.asIntN(16, raw);
  if (datatype === datatypes.Int32) return BigInt.asIntN(32, raw);
  return raw;
}
