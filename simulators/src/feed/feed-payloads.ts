import { qualityGood, metricName, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import {
  deliveryEpochMetric,
  deliverySequenceMetric,
} from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";

export interface FeedSignal {
  definition: SignalDefinition;
  datatype: 7 | 10;
}

/** One sample that a feed delivers: what was so, and when. */
export interface FeedSample {
  /** Place among the signals of the feed. */
  signal: number;
  atMs: number;
  value: number;
  /** Bad quality carries no value. */
  isBad?: boolean;
}

export interface FeedMessage {
  sequence: number;
  samples: readonly FeedSample[];
  isHistorical: boolean;
}

const alias = { epoch: 1, sequence: 2, firstSignal: 3 };

export function feedBirth(birth: {
  signals: readonly FeedSignal[];
  epoch: number;
  sequence: number;
  seq: number;
  nowMs: number;
}): Uint8Array {
  const { nowMs } = birth;
  return encodePayload({
    timestampMs: nowMs,
    seq: birth.seq,
    metrics: [
      delivery(deliveryEpochMetric, alias.epoch, birth.epoch, nowMs),
      delivery(deliverySequenceMetric, alias.sequence, birth.sequence, nowMs),
      ...birth.signals.map(({ definition, datatype }, index): Metric => ({
        name: metricName(definition),
        alias: alias.firstSignal + index,
        datatype,
        timestampMs: nowMs,
        value: 0,
        properties: {
          Definition: { type: datatypes.String, value: JSON.stringify(definition) },
          Quality: { type: datatypes.Int32, value: qualityGood },
        },
      })),
    ],
  });
}

/** Encoded at each sending, since the Sparkplug `seq` is of the sending and not of the message. */
export function feedData(
  signals: readonly FeedSignal[],
  { sequence, samples, isHistorical }: FeedMessage,
  { epoch, seq, nowMs }: { epoch: number; seq: number; nowMs: number },
): Uint8Array {
  return encodePayload({
    timestampMs: nowMs,
    seq,
    metrics: [
      { alias: alias.epoch, datatype: datatypes.UInt64, timestampMs: nowMs, value: epoch },
      { alias: alias.sequence, datatype: datatypes.UInt64, timestampMs: nowMs, value: sequence },
      ...samples.map(({ signal, atMs, value, isBad }): Metric => ({
        alias: alias.firstSignal + signal,
        datatype: signals[signal]?.datatype ?? datatypes.Double,
        timestampMs: atMs,
        value: isBad === true ? null : value,
        ...(isHistorical && { isHistorical }),
        ...(isBad === true && { properties: { Quality: { type: datatypes.Int32, value: 0 } } }),
      })),
    ],
  });
}

function delivery(name: string, of: number, value: number, timestampMs: number): Metric {
  return { name, alias: of, datatype: datatypes.UInt64, timestampMs, value };
}
