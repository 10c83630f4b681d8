import { qualityGood, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import {
  deliveryEpochMetric,
  deliverySequenceMetric,
} from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";

/** What the edge nodes of a load say: one device each, with one line, one machine and its signals. */
export const loadDevice = "plc";
const unit = "machine";
export const bdSeqMetric = "bdSeq";
export const rebirthMetric = "Node Control/Rebirth";

const alias = { epoch: 1, sequence: 2, firstSignal: 3 };
const running = 6;

export interface LoadSignal {
  definition: SignalDefinition;
  datatype: 7 | 10;
}

/** The first two are the machine's state and its good count, the others are measured values. */
export function loadSignals(lineId: string, count: number): LoadSignal[] {
  const rest = {
    line: { id: lineId, name: lineId, enterprise: "load", site: "load", area: "load" },
    unit: { id: unit, name: "Machine", position: 0, pacesLine: true, outputOfLine: true },
    periodMs: 1000,
    heartbeatMs: 10_000,
  };
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) {
      const states = { [running]: "Execute" as const };
      const definition = { ...rest, name: "state", role: "machineState" as const, states };
      return { definition, datatype: datatypes.UInt32 };
    }
    if (index === 1) {
      const counter = { counterBits: 32 as const, maxRatePerSecond: 1_000_000 };
      const definition = { ...rest, name: "good-count", role: "goodCount" as const, ...counter };
      return { definition, datatype: datatypes.UInt32 };
    }
    const definition = { ...rest, name: `value-${index - 1}`, role: "analog" as const };
    return { definition, datatype: datatypes.Double };
  });
}

/** Counters count on, the state stays, the others wander. `round` is how often each was sampled. */
export function loadValue(index: number, round: number): number {
  if (index === 0) return running;
  if (index === 1) return round % 2 ** 32;
  return Math.round(1000 * Math.sin(index + round / 50)) / 10;
}

export function deathPayload(bdSeq: number): Uint8Array {
  return encodePayload({
    metrics: [{ name: bdSeqMetric, datatype: datatypes.Int64, value: bdSeq }],
  });
}

export function nodeBirthPayload(bdSeq: number, nowMs: number): Uint8Array {
  const metric = (name: string, datatype: number, value: number | boolean): Metric => {
    return { name, datatype, value, timestampMs: nowMs };
  };
  return encodePayload({
    timestampMs: nowMs,
    seq: 0,
    metrics: [
      metric(bdSeqMetric, datatypes.Int64, bdSeq),
      metric(rebirthMetric, datatypes.Boolean, false),
    ],
  });
}

export interface DeviceBirth {
  signals: readonly LoadSignal[];
  epoch: number;
  sequence: number;
  round: number;
  seq: number;
  nowMs: number;
}

export function deviceBirthPayload(birth: DeviceBirth): Uint8Array {
  const { signals, epoch, sequence, round, seq, nowMs } = birth;
  return encodePayload({
    timestampMs: nowMs,
    seq,
    metrics: [
      { ...deliveryMetric(deliveryEpochMetric, alias.epoch, epoch), timestampMs: nowMs },
      { ...deliveryMetric(deliverySequenceMetric, alias.sequence, sequence), timestampMs: nowMs },
      ...signals.map(({ definition, datatype }, index) => ({
        name: `${definition.unit.id}/${definition.name}`,
        alias: alias.firstSignal + index,
        datatype,
        timestampMs: nowMs,
        value: loadValue(index, round),
        properties: {
          Definition: { type: datatypes.String, value: JSON.stringify(definition) },
          Quality: { type: datatypes.Int32, value: qualityGood },
        },
      })),
    ],
  });
}

function deliveryMetric(name: string, alias: number, value: number): Metric {
  return { name, alias, datatype: datatypes.UInt64, value };
}

export interface DataMessage {
  epoch: number;
  sequence: number;
  metrics: readonly Metric[];
}

/** Encoded at each sending, since the Sparkplug `seq` is of the sending and not of the message. */
export function dataPayload(message: DataMessage, seq: number, nowMs: number): Uint8Array {
  const { epoch, sequence, metrics } = message;
  return encodePayload({
    timestampMs: nowMs,
    seq,
    metrics: [
      { alias: alias.epoch, datatype: datatypes.UInt64, timestampMs: nowMs, value: epoch },
      { alias: alias.sequence, datatype: datatypes.UInt64, timestampMs: nowMs, value: sequence },
      ...metrics,
    ],
  });
}

export function sampleMetric(
  signals: readonly LoadSignal[],
  index: number,
  round: number,
  timestampMs: number,
): Metric {
  return {
    alias: alias.firstSignal + index,
    datatype: signals[index]?.datatype ?? datatypes.Double,
    timestampMs,
    value: loadValue(index, round),
  };
}
