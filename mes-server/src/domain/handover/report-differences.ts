import type { HandoverDifference, HandoverReport } from "@only-mes/protocols/console/handover";

/** Exact milliseconds say nothing that minutes do not say; what waits now is no fact of the shift. */
const unsaid = new Set(["ms", "answeredAfterMs", "queue"]);
/** What tells the rows of a list apart, the first that they have. */
const names = ["id", "key", "lossClass", "characteristic", "alarm", "unit", "job", "label", "from"];
const differencesMax = 200;

/** What of a report is other than it was when it was signed, in the order of the report. */
export function reportDifferences(
  signed: HandoverReport,
  now: HandoverReport,
): HandoverDifference[] {
  const before = flattened(signed);
  const after = flattened(now);
  const found: HandoverDifference[] = [];
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    const [old = null, fresh = null] = [before.get(what), after.get(what)];
    if (old !== fresh) found.push({ what, signed: old, now: fresh });
  }
  return found.slice(0, differencesMax);
}

function flattened(report: HandoverReport): Map<string, string> {
  const leaves = new Map<string, string>();
  walk(report, [], leaves);
  return leaves;
}

function walk(value: unknown, path: readonly string[], leaves: Map<string, string>): void {
  if (Array.isArray(value)) {
    const used = new Map<string, number>();
    for (const row of value as unknown[]) {
      const name = nameOf(row);
      const times = (used.get(name) ?? 0) + 1;
      used.set(name, times);
      walk(row, [...path, times === 1 ? name : `${name} (${times})`], leaves);
    }
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      if (!unsaid.has(key)) walk(inner, [...path, key], leaves);
    }
  } else if (value !== null && value !== undefined)
    leaves.set(path.join(" › "), textOf(value, path));
}

function nameOf(row: unknown): string {
  if (row === null || typeof row !== "object") return String(row);
  const own = row as Record<string, unknown>;
  const parts = names.filter((name) => typeof own[name] === "string").map((name) => own[name]);
  // Signals of one characteristic, sign-ons of one person and rows of one job differ by their time.
  const extra = ["rule", "at", "person"].flatMap((name) =>
    typeof own[name] === "string" ? [own[name]] : [],
  );
  return (
    [parts[0], ...(own["id"] === undefined ? extra : [])].filter(Boolean).join(" ") ||
    "without a job"
  );
}

/** Ratios to a tenth of a per cent, as the report shows them. */
function textOf(value: unknown, [section]: readonly string[]): string {
  return typeof value === "number" && section === "kpis"
    ? `${(value * 100).toFixed(1)} %`
    : String(value);
}
