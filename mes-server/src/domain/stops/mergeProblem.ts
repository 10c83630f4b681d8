import type { Stop } from "./stop.ts";

/**
 * Why stops, in order of time, are not to be joined: there are not two of them, or a run between two of them
 * is not shorter than `runMsMax`; `undefined` if they are.
 */
export function mergeProblem(
  stops: readonly Pick<Stop, "fromMs" | "toMs">[],
  runMsMax: number,
): "one" | { fromMs: number; toMs: number } | undefined {
  if (stops.length < 2) return "one";
  for (const [index, stop] of stops.entries()) {
    const next = stops[index + 1];
    if (next === undefined || stop.toMs === null) continue;
    if (next.fromMs - stop.toMs >= runMsMax && next.fromMs > stop.toMs) {
      return { fromMs: stop.toMs, toMs: next.fromMs };
    }
  }
  return undefined;
}
