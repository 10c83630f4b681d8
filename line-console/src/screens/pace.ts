import type { LinePicture } from "@only-mes/protocols/console/live";

/** How the shift stands against its target, and what it takes to recover. */
export interface Pace {
  /** Good pieces more than due by now; below 0 is a deficit. */
  gap: number;
  /** Good pieces due at the end of the shift. */
  endTarget: number;
  /** Good pieces an hour, from now to the end, that reach the target; none if too little is left. */
  neededPerHour: number | null;
}

const hourMs = 3_600_000;

/** With less of the shift left, a rate to recover is arithmetic, not advice. */
const leftMinMs = 60_000;

export function paceOf(
  line: Pick<LinePicture, "good" | "target" | "targetRatePerMinute" | "shift">,
  nowMs: number,
): Pace | null {
  if (line.target === undefined) return null;
  const leftMs = workLeftMs(line.shift, nowMs);
  const targetPerHour = (line.targetRatePerMinute ?? 0) * 60;
  const endTarget = Math.round(line.target + (targetPerHour * leftMs) / hourMs);
  const gap = line.good - Math.round(line.target);
  const missing = endTarget - line.good;
  const neededPerHour =
    gap < 0 && leftMs >= leftMinMs ? Math.ceil(missing / (leftMs / hourMs)) : null;
  return { gap, endTarget, neededPerHour };
}

/** What is left of the shift, without its breaks. */
function workLeftMs({ endMs, breaks = [] }: LinePicture["shift"], nowMs: number): number {
  const breakMs = breaks.reduce(
    (sum, pause) => sum + Math.max(0, pause.endMs - Math.max(pause.startMs, nowMs)),
    0,
  );
  return Math.max(0, endMs - nowMs - breakMs);
}

export type PaceWord = "pace.needed" | "pace.over" | "pace.on" | "pace.ahead";

export function paceWord({ gap, neededPerHour }: Pace): PaceWord {
  if (neededPerHour !== null) return "pace.needed";
  if (gap === 0) return "pace.on";
  return gap < 0 ? "pace.over" : "pace.ahead";
}
