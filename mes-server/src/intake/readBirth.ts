import {
  deliveryDroppedMetric,
  deliveryEpochMetric,
  deliverySequenceMetric,
} from "@only-mes/protocols/sparkplug/delivery";
import {
  datatypes,
  type Metric,
  type SparkplugPayload,
} from "@only-mes/protocols/sparkplug/payload";
import {
  metricName,
  signalDefinition,
  signalId,
  type SignalDefinition,
} from "@only-mes/protocols/plant/signal";
import type { BoundMetric, DeadLetterReason } from "../pipeline/laneTask.ts";
import { isProtocolMetric } from "../pipeline/readMessage.ts";

/** What a birth of a node or a device tells. */
export interface Birth {
  metrics: BirthMetric[];
  /** Aliases of metrics that carry no sample. */
  ignoredAliases: number[];
  refusals: BirthRefusal[];
  /** Present if its data are numbered by an outbox. */
  delivery?: {
    epochAlias?: number;
    sequenceAlias?: number;
    droppedAlias?: number;
    epoch?: number;
  };
  bdSeq?: number;
  /** Equal for two births that tell the same. */
  fingerprint: string;
}

interface BirthMetric extends Omit<BoundMetric, "signal"> {
  definition: SignalDefinition;
}

export interface BirthRefusal {
  reason: DeadLetterReason;
  metric: string;
  detail: string;
}

/** Definitions by their text: a rebirth tells the same ones again. */
export type DefinitionCache = Map<string, SignalDefinition>;

const cachedDefinitionsMax = 100_000;

export function readBirth({ metrics }: SparkplugPayload, cache: DefinitionCache): Birth {
  const birth: Birth = { metrics: [], ignoredAliases: [], refusals: [], fingerprint: "" };
  const seen = new Set<string>();
  const parts: string[] = [];
  for (const metric of metrics) {
    const { name } = metric;
    if (name === undefined || isProtocolMetric(name)) {
      readProtocolMetric(metric, birth);
      continue;
    }
    const text = metric.properties?.["Definition"]?.value;
    const definition = readDefinition(text, cache);
    const refused = refusedDefinition(metric, definition, seen);
    if (refused !== undefined || definition === undefined || "reason" in definition) {
      birth.refusals.push({ metric: name, ...(refused ?? noDefinition) });
      if (metric.alias !== undefined) birth.ignoredAliases.push(metric.alias);
      continue;
    }
    seen.add(signalId(definition));
    const { alias, datatype = datatypes.Double } = metric;
    birth.metrics.push({ name, datatype, definition, ...(alias !== undefined && { alias }) });
    parts.push(`${name} ${alias} ${datatype} ${String(text)}`);
  }
  birth.fingerprint = [...parts.sort(), ...birth.ignoredAliases].join("\n");
  return birth;
}

function readProtocolMetric({ name, alias, value }: Metric, birth: Birth): void {
  if (alias !== undefined) birth.ignoredAliases.push(alias);
  const number = value === null || typeof value === "boolean" ? undefined : Number(value);
  if (name === "bdSeq" && number !== undefined) birth.bdSeq = number;
  if (name === deliverySequenceMetric) {
    birth.delivery = { ...birth.delivery, ...(alias !== undefined && { sequenceAlias: alias }) };
  }
  if (name === deliveryDroppedMetric) {
    birth.delivery = { ...birth.delivery, ...(alias !== undefined && { droppedAlias: alias }) };
  }
  if (name === deliveryEpochMetric) {
    birth.delivery = {
      ...birth.delivery,
      ...(alias !== undefined && { epochAlias: alias }),
      ...(number !== undefined && { epoch: number }),
    };
  }
}

type Refused = Omit<BirthRefusal, "metric">;

function readDefinition(
  text: unknown,
  cache: DefinitionCache,
): SignalDefinition | Refused | undefined {
  if (typeof text !== "string") return undefined;
  const known = cache.get(text);
  if (known !== undefined) return known;
  try {
    const definition = signalDefinition.parse(JSON.parse(text));
    if (cache.size >= cachedDefinitionsMax) cache.clear();
    cache.set(text, definition);
    return definition;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reason: "definition-invalid", detail: why.replaceAll(/\s+/g, " ") };
  }
}

const noDefinition: Refused = {
  reason: "definition-missing",
  detail: "it has no property Definition, or no datatype: what it measures is unknown",
};

function refusedDefinition(
  { name, datatype }: Metric,
  definition: SignalDefinition | Refused | undefined,
  seen: ReadonlySet<string>,
): Refused | undefined {
  if (definition === undefined || datatype === undefined) return noDefinition;
  if ("reason" in definition) return definition;
  if (metricName(definition) !== name) {
    return { reason: "definition-invalid", detail: `it defines ${metricName(definition)}` };
  }
  if (seen.has(signalId(definition))) {
    return { reason: "definition-invalid", detail: "another metric of this birth is that signal" };
  }
  return undefined;
}
