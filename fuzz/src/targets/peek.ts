import { encodePayload, datatypes, type Metric } from "@only-mes/protocols/sparkplug/payload";
import { peekPayload, type PayloadGlimpse } from "../../../mes-server/src/intake/peekPayload.ts";
import { fraction, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { damaged } from "../mutations.ts";
import { demand, type FuzzTarget } from "../target.ts";
import { anyPayload } from "./sparkplug-payload.ts";
import { readWire, type WireMetric } from "./protobuf.ts";

const delivery = { epoch: 1, sequence: 2 };

/** The glimpse that the server takes of a message says what the message says, or nothing. */
export const peek: FuzzTarget = {
  what: "the server's glimpse of a message (time, sequence, delivery), whole and damaged",
  attempt(random) {
    const payload = anyPayload(random);
    payload.metrics.unshift(
      { alias: 1, datatype: datatypes.UInt64, value: anyNumber(random) },
      { alias: 2, datatype: datatypes.UInt64, value: anyNumber(random) },
    );
    const whole = encodePayload(payload);
    const isWhole = fraction(random) < 0.3;
    const bytes = isWhole ? whole : damaged(whole, random);
    const glimpse = peekOrRefuse(bytes);
    if (glimpse === undefined) {
      if (isWhole) demand("refused", "read", "a whole message");
      return "refused";
    }
    const wire = readWire(bytes, isWhole);
    if (wire === undefined) return "accepted beyond the strict reader";
    demand(glimpse.metrics, wire.metrics.length, "metrics");
    demandWhole(glimpse.seq, wire.seq, "seq");
    demandWhole(glimpse.timestampMs, wire.timestamp, "timestamp");
    demand(glimpse.epoch, told(wire.metrics, 1n, "Delivery/Epoch"), "epoch");
    demand(glimpse.sequence, told(wire.metrics, 2n, "Delivery/Sequence"), "sequence");
    return isWhole ? "whole" : "accepted";
  },
};

/** A glimpse has numbers: beyond 2^53 it need not be exact, only as far away. */
function demandWhole(seen: number | undefined, said: bigint | undefined, what: string): void {
  const expected = said === undefined ? undefined : Number(said);
  const isExact = expected === undefined || Number.isSafeInteger(expected);
  if (isExact) demand(seen, expected, what);
  else demand(seen !== undefined && seen > Number.MAX_SAFE_INTEGER, true, `a great ${what}`);
}

function anyNumber(random: RandomState): Metric["value"] {
  return fraction(random) < 0.5 ? wholeIn(random, [0, 1000]) : wholeIn(random, [0, 2 ** 53 - 1]);
}

function peekOrRefuse(bytes: Uint8Array): PayloadGlimpse | undefined {
  try {
    return peekPayload(bytes, delivery);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The last whole number that a metric of this alias, or without alias of this name, has. */
function told(metrics: readonly WireMetric[], alias: bigint, name: string): number | undefined {
  let last: number | undefined;
  for (const metric of metrics) {
    const isIt = metric.alias === undefined ? metric.name === name : metric.alias === alias;
    if (!isIt || metric.value === undefined || !("raw" in metric.value)) continue;
    const value = Number(metric.value.raw);
    if (Number.isSafeInteger(value)) last = value;
  }
  return last;
}
