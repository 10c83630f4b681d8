import type { TimeRange } from "./stop.ts";

/** A code of a device from an instant on until the next one; null: nobody could read it. */
export interface CodeSpan {
  atMs: number;
  code: number | null;
}

export interface ModeSpan extends TimeRange {
  /** `production`, `maintenance`, `manual`, a vendor's own, or null: not known. */
  mode: string | null;
}

/** The modes of a machine over time, by what its device map says of their codes; in order of time. */
export function modeSpans(
  changes: readonly CodeSpan[],
  modes: Readonly<Record<string, string>>,
): ModeSpan[] {
  const found: ModeSpan[] = [];
  for (const { atMs, code } of changes) {
    const mode = (code !== null && Object.hasOwn(modes, code) && modes[String(code)]) || null;
    const last = found.at(-1);
    if (last !== undefined) {
      if (last.mode === mode) continue;
      last.toMs = atMs;
    }
    found.push({ mode, fromMs: atMs, toMs: null });
  }
  return found;
}

/** Times in which the machine was not meant to produce. A mode that nobody knows says nothing. */
export function outsideProduction(spans: readonly ModeSpan[]): TimeRange[] {
  const found: TimeRange[] = [];
  for (const { mode, fromMs, toMs } of spans) {
    if (mode === null || mode === "production") continue;
    const last = found.at(-1);
    if (last !== undefined && last.toMs === fromMs) last.toMs = toMs;
    else found.push({ fromMs, toMs });
  }
  return found;
}
