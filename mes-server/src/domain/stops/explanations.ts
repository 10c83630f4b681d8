import { countUpTo } from "../lines/countUpTo.ts";
import { bottleneckOf, type LineRule } from "../lines/line-rule.ts";
import type { Wait } from "../lines/line-waits.ts";
import type { Stop, StopCause, TimeRange } from "./stop.ts";

/** What is known of a time without anybody having said it of this very equipment. */
export interface Explanation extends TimeRange {
  /** Of one source (a machine of the line, a neighbour): only its own spans follow each other. */
  source: string;
  /** Absent: it stood still too, and nobody knows why. */
  cause: StopCause | undefined;
}

interface Explained {
  fromMs: number;
  /** Absent: nothing explains it from here on. */
  cause: StopCause | undefined;
}

/** Neighbours' clocks differ, and what one does is seen by the other a little later. */
export const explanationSlackMs = 5_000;

/**
 * [ST12] What explains a standstill from its begin on: the source that came to it last, and as long as that
 * source goes on. What begins only later explains nothing of the begin.
 */
export function explanationsFrom(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  explanations: readonly Explanation[],
): Explained[] {
  const begun = countUpTo(explanations, (one) => one.fromMs <= fromMs + explanationSlackMs);
  let at = begun - 1;
  while (at >= 0 && fromMs >= (explanations[at]?.toMs ?? Infinity)) at -= 1;
  const first = explanations[at];
  if (first === undefined) return [{ fromMs, cause: undefined }];
  const found: Explained[] = [];
  for (const one of explanations.slice(at)) {
    if (one.fromMs >= toMs) break;
    const last = found.at(-1);
    if (one.source !== first.source || (last && isSame(last.cause, one.cause))) continue;
    found.push({ fromMs: last === undefined ? fromMs : one.fromMs, cause: one.cause });
  }
  return found.length === 0 ? [{ fromMs, cause: undefined }] : found;
}

function isSame(a: StopCause | undefined, b: StopCause | undefined): boolean {
  return a?.reason === b?.reason && a?.lossClass === b?.lossClass;
}

/** A unit that waits for its neighbours: for as long as it stands still, what was so at its begin counts. */
export function explanationsOfWaits(waits: readonly Wait[]): Explanation[] {
  return waits.map(({ kind, fromMs, toMs }, index) => ({
    source: `neighbours ${index}`,
    fromMs,
    toMs,
    cause: { reason: undefined, reasonFrom: undefined, lossClass: kind },
  }));
}

/** A line stands still because the machines do that make its state: by what is known of their stops. */
export function explanationsOfMachines(
  stops: readonly (readonly Stop[])[],
  units: readonly { id: string; pacesLine: boolean }[],
  rules: readonly LineRule[],
): Explanation[] {
  const found: Explanation[] = [];
  for (const rule of rules) {
    const ids = new Set(bottleneckOf(units, rule).map(({ id }) => id));
    for (const stop of stops.flat()) {
      if (!ids.has(stop.equipment)) continue;
      for (const part of stop.parts) {
        const fromMs = Math.max(part.fromMs, rule.fromMs);
        const toMs = Math.min(part.toMs ?? Infinity, rule.toMs ?? Infinity);
        if (fromMs >= toMs) continue;
        found.push({
          source: stop.equipment,
          fromMs,
          toMs: toMs === Infinity ? null : toMs,
          cause: tells(stop) ? stop : undefined,
        });
      }
    }
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

function tells({ reason, lossClass }: Stop): boolean {
  return reason !== undefined || ["starved", "blocked", "planned"].includes(lossClass);
}
