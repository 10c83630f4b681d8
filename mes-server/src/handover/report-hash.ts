import { createHash } from "node:crypto";
import type { HandoverReport } from "@only-mes/protocols/console/handover";

/** sha256 of the report's JSON with its keys in order: equal reports have equal hashes, stored or not. */
export function reportHash(report: HandoverReport): string {
  return createHash("sha256")
    .update(JSON.stringify(ordered(report)))
    .digest("hex");
}

function ordered(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(ordered);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}
