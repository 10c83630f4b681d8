import { createHash } from "node:crypto";
import {
  asCommandValue,
  commandRequest,
  type CommandRequest,
} from "@only-mes/protocols/events/command";
import { decodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import type { CommandTarget } from "./target.ts";

export type ReadCommand =
  | { readonly kind: "asked"; readonly request: CommandRequest }
  /** With the id, if it has one: then it can be answered. */
  | {
      readonly kind: "invalid";
      readonly id: string | undefined;
      readonly signal: string;
      readonly why: string;
    };

/** [CM10] A host that knows no `Command/Request` says neither id nor time to live. */
const plainTimeToLiveMs = 30_000;
const metricsMax = 64;

/** What a DCMD asks for. It never throws: what cannot be read is invalid, with the reason. */
export function readDeviceCommand(
  device: string,
  payload: Uint8Array,
  target: CommandTarget,
): ReadCommand[] {
  try {
    const { metrics, timestampMs } = decodePayload(
      payload,
      (metric) => target.signal(metric)?.datatype,
    );
    if (metrics.length > metricsMax) {
      return [invalid(`${metrics.length} metrics in one command (allowed: ${metricsMax})`)];
    }
    return metrics.map((metric) =>
      target.isRequest(metric)
        ? readRequest(metric)
        : readPlain(device, metric, target, metric.timestampMs ?? timestampMs),
    );
  } catch (error) {
    return [invalid(`no Sparkplug payload: ${message(error)}`)];
  }
}

function readRequest({ value }: Metric): ReadCommand {
  if (typeof value !== "string") return invalid("Command/Request is no text");
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    return invalid(`Command/Request is no JSON: ${message(error)}`);
  }
  const parsed = commandRequest.safeParse(json);
  if (parsed.success) return { kind: "asked", request: parsed.data };
  const why = parsed.error.issues
    .map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`)
    .join("; ");
  return invalid(why, textAt(json, "id"), textAt(json, "signal"));
}

function readPlain(
  device: string,
  metric: Metric,
  target: CommandTarget,
  timestampMs: number | undefined,
): ReadCommand {
  const { value } = metric;
  const known = target.signal(metric);
  const signal = known?.name ?? metric.name ?? `alias ${metric.alias ?? "none"}`;
  if (metric.name !== undefined && known !== undefined && metric.name !== known.name) {
    return invalid(`alias ${metric.alias} is ${known.name}, not ${shortened(metric.name)}`);
  }
  if (timestampMs === undefined) {
    return invalid(
      `${shortened(signal)} without a timestamp: nobody can tell how old it is, or whether it is a second copy`,
    );
  }
  if (value === null) return invalid(`${shortened(signal)} without a value`);
  const asked = asCommandValue(value);
  const request = {
    id: plainId([device, signal, timestampMs, asked]),
    signal,
    value: asked,
    issuedAtMs: timestampMs,
    timeToLiveMs: plainTimeToLiveMs,
  };
  const parsed = commandRequest.safeParse(request);
  if (parsed.success) return { kind: "asked", request: parsed.data };
  return invalid(`${shortened(signal)}: ${parsed.error.issues[0]?.message ?? "invalid"}`);
}

/** Two copies of one message have one id. */
function plainId(parts: unknown[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `plain:${digest.slice(0, 32)}`;
}

const idForm = commandRequest.shape.id;

function textAt(json: unknown, key: "id" | "signal"): string | undefined {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, key)) return undefined;
  const value = (json as Record<string, unknown>)[key];
  return typeof value === "string" ? value : undefined;
}

function invalid(why: string, id?: string, signal = ""): ReadCommand {
  const usable = id !== undefined && idForm.safeParse(id).success ? id : undefined;
  return { kind: "invalid", id: usable, signal: shortened(signal), why };
}

function shortened(text: string): string {
  return text.length > 130 ? `${text.slice(0, 130)}…` : text;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
