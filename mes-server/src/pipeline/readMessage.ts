import { commandMetricPrefix } from "@only-mes/protocols/events/command";
import {
  deliveryDroppedMetric,
  parseGapMarker,
  type GapMarker,
} from "@only-mes/protocols/sparkplug/delivery";
import {
  datatypes,
  decodePayload,
  type Metric,
  type MetricValue,
  type SparkplugPayload,
} from "@only-mes/protocols/sparkplug/payload";
import { diagnosticsPrefix } from "@only-mes/protocols/sparkplug/diagnostics";
import { qualityBad, qualityGood } from "@only-mes/protocols/plant/signal";
import { counterReading } from "../domain/production/counterFold.ts";
import type { BoundMetric, DeadLetterReason, LaneBinding, LaneSignal } from "./laneTask.ts";
import type { SignalFold, StagedSample } from "./signalFold.ts";

/** A birth's metrics, ready to be looked up by what data messages bring. */
export interface BindingTable {
  byAlias: Map<number, BoundMetric>;
  byName: Map<string, BoundMetric>;
  ignoredAliases: ReadonlySet<number>;
  droppedAlias: number | undefined;
  strict: boolean;
}

export function bindingTable(binding: LaneBinding): BindingTable {
  const { metrics, ignoredAliases, droppedAlias, strict } = binding;
  return {
    byAlias: new Map(metrics.flatMap((m) => (m.alias === undefined ? [] : [[m.alias, m]]))),
    byName: new Map(metrics.map((m) => [m.name, m])),
    ignoredAliases: new Set(ignoredAliases),
    droppedAlias,
    strict,
  };
}

export interface MessageContext {
  binding: BindingTable;
  folds: ReadonlyMap<number, SignalFold>;
  epoch: number;
  sequence: number;
  plantNowMs: number;
}

export interface Refusal {
  reason: DeadLetterReason;
  metric: string;
  detail: string;
}

export type ReadMessage =
  | {
      kind: "samples";
      samples: { fold: SignalFold; sample: StagedSample }[];
      gaps: GapMarker[];
      refusals: Refusal[];
    }
  | { kind: "unresolved" }
  | { kind: "undecodable"; detail: string };

/** Decodes a data message and binds each metric to its signal. An impossible value costs itself only. */
export function readMessage(bytes: Uint8Array, context: MessageContext): ReadMessage {
  const { binding } = context;
  let payload: SparkplugPayload;
  try {
    payload = decodePayload(bytes, (metric) => find(binding, metric)?.datatype);
  } catch (error) {
    return { kind: "undecodable", detail: error instanceof Error ? error.message : String(error) };
  }
  const { timestampMs = context.plantNowMs } = payload;
  const gatewayTsMs = inRange(timestampMs, context.plantNowMs) ? timestampMs : context.plantNowMs;
  const samples: { fold: SignalFold; sample: StagedSample }[] = [];
  const gaps: GapMarker[] = [];
  const refusals: Refusal[] = [];
  for (const [ordinal, metric] of payload.metrics.entries()) {
    if (isIgnored(binding, metric)) {
      const gap = isDropped(binding, metric) ? gapOf(metric) : undefined;
      if (gap !== undefined) gaps.push(gap);
      continue;
    }
    const bound = find(binding, metric);
    const fold = bound === undefined ? undefined : context.folds.get(bound.signal);
    if (bound === undefined || fold === undefined) {
      if (!binding.strict) return { kind: "unresolved" };
      refusals.push(unknown(metric));
      continue;
    }
    const tsMs = metric.timestampMs ?? payload.timestampMs;
    const read = readValue(metric, fold.signal);
    const refused = refusedTime(tsMs, context.plantNowMs) ?? ("reason" in read ? read : undefined);
    if (refused !== undefined || "reason" in read || tsMs === undefined) {
      refusals.push({ metric: bound.name, ...(refused ?? noTime) });
      continue;
    }
    const { epoch, sequence } = context;
    samples.push({ fold, sample: { tsMs, epoch, sequence, ordinal, gatewayTsMs, ...read } });
  }
  return { kind: "samples", samples, gaps, refusals };
}

function find(
  binding: BindingTable,
  metric: { name?: string; alias?: number },
): BoundMetric | undefined {
  if (metric.alias !== undefined) return binding.byAlias.get(metric.alias);
  return metric.name === undefined ? undefined : binding.byName.get(metric.name);
}

function isIgnored(binding: BindingTable, { name, alias }: Metric): boolean {
  if (alias !== undefined && binding.ignoredAliases.has(alias)) return true;
  return name !== undefined && isProtocolMetric(name);
}

function isDropped({ droppedAlias }: BindingTable, { name, alias }: Metric): boolean {
  return alias === undefined ? name === deliveryDroppedMetric : alias === droppedAlias;
}

/** One that cannot be read costs nothing else: what it tells of is gone in any case. */
function gapOf({ value }: Metric): GapMarker | undefined {
  return typeof value === "string" ? parseGapMarker(value) : undefined;
}

/** Metrics of the protocol itself, not of the plant. */
export function isProtocolMetric(name: string): boolean {
  return (
    name === "bdSeq" ||
    name.startsWith("Delivery/") ||
    name.startsWith(commandMetricPrefix) ||
    name.startsWith(diagnosticsPrefix) ||
    name.startsWith("Node Control/") ||
    name.startsWith("Device Control/")
  );
}

function unknown({ name, alias }: Metric): Refusal {
  const metric = name ?? `alias ${alias ?? "none"}`;
  return { reason: "metric-unknown", metric, detail: `no birth has told of ${metric}` };
}

const earliestMs = Date.UTC(2000, 0, 1);
const aheadMsMax = 86_400_000;

function inRange(tsMs: number, plantNowMs: number): boolean {
  return tsMs >= earliestMs && tsMs <= plantNowMs + aheadMsMax;
}

type Reasoned = Omit<Refusal, "metric">;

const noTime: Reasoned = {
  reason: "source-time-missing",
  detail: "neither the metric nor its message has a timestamp",
};

function refusedTime(tsMs: number | undefined, plantNowMs: number): Reasoned | undefined {
  if (tsMs === undefined) return noTime;
  if (inRange(tsMs, plantNowMs)) return undefined;
  return {
    reason: "source-time-out-of-range",
    detail: `source time ${tsMs} ms is before 2000 or more than a day ahead`,
  };
}

type ReadValue = Pick<StagedSample, "value" | "text" | "quality">;

function readValue(metric: Metric, signal: LaneSignal): ReadValue | Reasoned {
  const told = metric.properties?.["Quality"]?.value;
  const quality = typeof told === "number" ? toInt16(told) : qualityGood;
  const { value } = metric;
  if (value === null) {
    return { value: null, text: null, quality: quality === qualityGood ? qualityBad : quality };
  }
  const read = isText(signal.datatype) ? readText(value) : readNumber(value);
  if ("reason" in read) return read;
  const isGood = quality === qualityGood;
  const refused = isGood ? refusedReading(read, signal) : undefined;
  return refused ?? { ...read, quality };
}

function toInt16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.trunc(value) || 0));
}

function isText(datatype: number): boolean {
  return datatype === datatypes.String || datatype === datatypes.Text;
}

const textLengthMax = 8192;

function readText(value: NonNullable<MetricValue>): Omit<ReadValue, "quality"> | Reasoned {
  if (typeof value !== "string") {
    return { reason: "value-not-text", detail: `${typeof value} ${String(value)} for a text` };
  }
  if (value.length > textLengthMax) {
    return { reason: "text-too-long", detail: `${value.length} characters` };
  }
  // PostgreSQL's text cannot hold U+0000: it is shown as what it is, a character that is not one.
  return { value: null, text: value.replaceAll("\0", "\uFFFD") };
}

function readNumber(value: NonNullable<MetricValue>): Omit<ReadValue, "quality"> | Reasoned {
  if (typeof value === "string") {
    return {
      reason: "value-not-a-number",
      detail: `text ${JSON.stringify(value.slice(0, 40))} for a number`,
    };
  }
  if (typeof value === "boolean") return { value: value ? 1 : 0, text: null };
  if (typeof value === "bigint") return { value: Number(value), text: value.toString() };
  if (Number.isFinite(value)) return { value, text: null };
  return { reason: "value-not-finite", detail: `${value}` };
}

function refusedReading(
  read: Omit<ReadValue, "quality">,
  signal: LaneSignal,
): Reasoned | undefined {
  if (signal.counter !== undefined && countOf(read, signal.counter.bits) === undefined) {
    return {
      reason: "value-not-a-count",
      detail: `${read.text ?? read.value} is no whole number of ${signal.counter.bits} bits`,
    };
  }
  if (signal.states !== undefined && !Number.isSafeInteger(read.value)) {
    return { reason: "value-not-a-count", detail: `${read.value} is no state code` };
  }
  return undefined;
}

/** The unsigned total that a sample of a counter shows. */
export function countOf(
  { value, text }: Pick<StagedSample, "value" | "text">,
  bits: 16 | 32 | 64,
): number | bigint | undefined {
  if (text !== null) return counterReading(BigInt(text), bits);
  return value === null ? undefined : counterReading(value, bits);
}
