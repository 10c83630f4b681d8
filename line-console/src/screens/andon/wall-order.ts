import type { LinePicture } from "@only-mes/protocols/console/live";
import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import { shownLook } from "../shown-look.ts";

const severity: Record<StateLook, number> = { stopped: 0, unknown: 1, waiting: 2, running: 3 };

/** A look counts for the order once it has lasted so long: a microstop moves no tile. */
export const settleMs = 10_000;

/** What the order rests on: the last look of each line that lasted. */
export type SettledLooks = ReadonlyMap<string, StateLook>;

export function settledLooks(
  before: SettledLooks,
  lines: readonly LinePicture[],
  nowMs: number,
): SettledLooks {
  return new Map(
    lines.map((line) => {
      const look = shownLook(line);
      const lasts = nowMs - line.stateSinceMs >= settleMs;
      return [line.id, lasts ? look : (before.get(line.id) ?? look)];
    }),
  );
}

/** Worst first; of the stopped ones the longest stop, of the others by name. */
export function wallOrder(lines: readonly LinePicture[], looks: SettledLooks): LinePicture[] {
  const rank = (line: LinePicture) => severity[looks.get(line.id) ?? shownLook(line)];
  const stopped = (line: LinePicture) => (rank(line) === 0 ? line.stateSinceMs : 0);
  return [...lines].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      stopped(a) - stopped(b) ||
      a.name.localeCompare(b.name, undefined, { numeric: true }) ||
      (a.id < b.id ? -1 : 1),
  );
}
