import {
  deliveryEpochMetric,
  deliverySequenceMetric,
} from "@only-mes/protocols/sparkplug/delivery";
import type { Metric, SparkplugPayload } from "@only-mes/protocols/sparkplug/payload";
import {
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
  delivery?: { epochAlias?: number; sequenceAlias?: number; epoch?: number };
  bdSeq?: number;
  /** Equal for two births that tell the same. */
  fingerprint: string;
}

export interface BirthMetric extends Omit<BoundMetric, "signal"> {
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
    const definition = readDefinition(name, text, cache);
    if (definition === undefined || "reason" in definition || metric.datatype === undefined) {
      birth.refusals.push(refusalOf(name, definition));
      if (metric.alias !== undefined) birth.ignoredAliases.push(metric.alias);
      continue;
    }
    const id = signalId(definition);
    if (seen.has(id)) continue;
    seen.add(id);
    const { alias, datatype } = metric;
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
  name: string,
  text: unknown,
  cache: DefinitionCache,
): SignalDefinition | Refused | undefined {
  if (typeof text !== "string") return undefined;
  const known = cache.get(text);
  if (known !== undefined) return known;
  try {
    const definition = signalDefinition.parse(JSON.parse(text));
    if (`${definition.unit.id}/${definition.name}` !== name) {
      return {
        reason: "definition-invalid",
        detail: `it defines ${definition.unit.id}/${definition.name}`,
      };
    }
    if (cache.size >= cachedDefinitionsMax) cache.clear();
    cache.set(text, definition);
    return definition;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reason: "definition-invalid", detail: why.replaceAll(/\s+/g, " ") };
  }
}

function refusalOf(metric: string, refused: Refused | SignalDefinition | undefined): BirthRefusal {
  if (refused !== undefined && "reason" in refused) return { metric, ...refused };
  return {
    reason: "definition-missing",
    metric,
    detail: "it has no property Definition (or no datatype): what it measures is unknown",
  };
}
