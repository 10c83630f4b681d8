import type { StateInterval } from "@only-mes/protocols/console/http";
import type { MachineState, StateLook } from "@only-mes/protocols/plant/machine-state";
import { lookOfState } from "@only-mes/protocols/plant/machine-state";

/** A span in which a line had one look. */
export interface Segment {
  look: StateLook;
  fromMs: number;
  toMs: number;
}

/** The state of now, as the live link has it. */
export interface StateNow {
  state: MachineState;
  stateSinceMs: number;
}

/**
 * What the strip draws: the recorded intervals up to the state of now, which goes on. Neighbours of
 * one look are one segment. A time without a record, before the line was known, stays empty: that
 * nobody saw a line is a record, too.
 */
export function segmentsOf(
  recorded: readonly StateInterval[],
  now: StateNow,
  fromMs: number,
  toMs: number,
): Segment[] {
  const spans = recorded
    .map(({ state, from, to }) => ({
      look: lookOfState[state],
      fromMs: Date.parse(from),
      toMs: Math.min(to === null ? toMs : Date.parse(to), now.stateSinceMs),
    }))
    .sort((a, b) => a.fromMs - b.fromMs);
  spans.push({ look: lookOfState[now.state], fromMs: now.stateSinceMs, toMs });

  const segments: Segment[] = [];
  let filledMs = fromMs;
  for (const span of spans) {
    const start = Math.max(span.fromMs, filledMs);
    const end = Math.min(span.toMs, toMs);
    if (end <= start) continue;
    add(segments, { look: span.look, fromMs: start, toMs: end });
    filledMs = end;
  }
  return segments;
}

function add(segments: Segment[], segment: Segment): void {
  const last = segments.at(-1);
  if (last?.look === segment.look && last.toMs === segment.fromMs) last.toMs = segment.toMs;
  else segments.push(segment);
}

export function totalsOf(segments: readonly Segment[]): Record<StateLook, number> {
  const totals = { running: 0, waiting: 0, stopped: 0, unknown: 0 };
  for (const { look, fromMs, toMs } of segments) totals[look] += toMs - fromMs;
  return totals;
}
