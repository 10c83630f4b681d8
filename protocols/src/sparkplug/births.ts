import { writeProperty, type WriteRule } from "../events/command.ts";
import { qualityBad, qualityGood, type SignalDefinition } from "../plant/signal.ts";
import { deliveryDroppedMetric, deliveryEpochMetric, deliverySequenceMetric } from "./delivery.ts";
import { datatypes, type Datatype, type Metric, type MetricValue } from "./payload.ts";
import type { SparkplugPayload } from "./payload.ts";

/** Metric names that Sparkplug itself fixes. */
export const bdSeqMetric = "bdSeq";
export const rebirthMetric = "Node Control/Rebirth";

/** Names of the properties of a signal's metric in a DBIRTH. */
export const definitionProperty = "Definition";
export const qualityProperty = "Quality";

/** The sequence of an edge node's messages, and its bdSeq, run from 0 to 255 and begin again. */
export function nextSeq(seq: number): number {
  return (seq + 1) % 256;
}

/** tck-id-topics-ndeath-payload: bdSeq alone, and no seq. */
export function ndeathPayload(bdSeq: number, timestampMs: number): SparkplugPayload {
  return { timestampMs, metrics: [bdSeqValue(bdSeq)] };
}

/** tck-id-topics-nbirth-*: seq 0, the bdSeq of the will, and the rebirth control without alias. */
export function nbirthPayload(
  bdSeq: number,
  timestampMs: number,
  more: readonly Metric[] = [],
): SparkplugPayload {
  return {
    timestampMs,
    seq: 0,
    metrics: [
      { ...bdSeqValue(bdSeq), timestampMs },
      { name: rebirthMetric, timestampMs, datatype: datatypes.Boolean, value: false },
      ...more,
    ],
  };
}

export interface BornSignal {
  metricName: string;
  alias: number;
  datatype: Datatype;
  definition: SignalDefinition;
  /** What a host may write to it; absent if nothing. */
  write?: WriteRule;
  /** `null` is unknown, or could not be read. */
  value: MetricValue;
  timestampMs: number;
}

export interface BornDelivery {
  epochAlias: number;
  epoch: number;
  sequenceAlias: number;
  /** Absent of an outbox that tells no gaps. */
  droppedAlias?: number;
}

/**
 * Every metric of the device, with what the server needs to bind it, in the order of time
 * (tck-id-operational-behavior-data-publish-dbirth-order).
 */
export function dbirthPayload(
  seq: number,
  timestampMs: number,
  delivery: BornDelivery,
  signals: readonly BornSignal[],
  more: readonly Metric[] = [],
): SparkplugPayload {
  const { UInt64 } = datatypes;
  return {
    timestampMs,
    seq,
    metrics: inTimeOrder([
      {
        name: deliveryEpochMetric,
        alias: delivery.epochAlias,
        timestampMs,
        datatype: UInt64,
        value: delivery.epoch,
      },
      // A birth delivers nothing: the sequence is declared here, and has values in DDATA only.
      {
        name: deliverySequenceMetric,
        alias: delivery.sequenceAlias,
        timestampMs,
        datatype: UInt64,
        value: null,
      },
      ...droppedMetric(delivery, timestampMs),
      ...signals.map(bornMetric),
      ...more,
    ]),
  };
}

function droppedMetric({ droppedAlias: alias }: BornDelivery, timestampMs: number): Metric[] {
  if (alias === undefined) return [];
  const { String: datatype } = datatypes;
  return [{ name: deliveryDroppedMetric, alias, timestampMs, datatype, value: null }];
}

function inTimeOrder(metrics: Metric[]): Metric[] {
  return metrics.sort((a, b) => (a.timestampMs ?? 0) - (b.timestampMs ?? 0));
}

function bdSeqValue(bdSeq: number): Metric {
  return { name: bdSeqMetric, datatype: datatypes.Int64, value: bdSeq };
}

function bornMetric(signal: BornSignal): Metric {
  const { definition } = signal;
  return {
    name: signal.metricName,
    alias: signal.alias,
    timestampMs: signal.timestampMs,
    datatype: signal.datatype,
    value: signal.value,
    properties: {
      [qualityProperty]: {
        type: datatypes.Int32,
        value: signal.value === null ? qualityBad : qualityGood,
      },
      [definitionProperty]: { type: datatypes.String, value: JSON.stringify(definition) },
      ...(signal.write !== undefined && {
        [writeProperty]: { type: datatypes.String, value: JSON.stringify(signal.write) },
      }),
      ...(definition.engineeringUnit !== undefined && {
        engUnit: { type: datatypes.String, value: definition.engineeringUnit },
      }),
    },
  };
}
