import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";

const lettersMax = 200;

/** A value as JSON can carry it: what is no number there, and what is too long, is a text. */
export function toldValue(value: MetricValue): number | boolean | string | null {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "string" && value.length > lettersMax) {
    return `${value.slice(0, lettersMax - 1)}…`;
  }
  return value;
}
