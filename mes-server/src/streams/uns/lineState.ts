import type { LinePicture } from "@only-mes/protocols/console/live";
import type { UnsState } from "./unsState.ts";

/** What the consoles show of each line; `undefined` while it is not loaded. */
export type LinePictures = () => readonly LinePicture[] | undefined;

export function lineState(pictures: LinePictures): UnsState {
  return {
    name: "line",
    of: "line",
    what: "State of the line and since when, the shift that runs, its good and scrap pieces and those due, the rate a minute; `isStale`: no signal of it is fresh.",
    isReady: () => pictures() !== undefined,
    touchedBy: (kind) => kind === "line.ruleChanged" || kind.startsWith("shifts."),
    ownerOf: (equipment) => equipment,
    async read(_, { equipment }) {
      return new Map(
        (pictures() ?? [])
          .filter(({ id }) => equipment?.includes(id) ?? true)
          .map((line) => [line.id, dataOf(line)]),
      );
    },
  };
}

function dataOf(line: LinePicture): Record<string, unknown> {
  const { shift, target, idealRatePerMinute } = line;
  return {
    state: line.state,
    since: isoOf(line.stateSinceMs),
    isStale: line.stale,
    shift: { id: shift.id, name: shift.name, from: isoOf(shift.startMs), to: isoOf(shift.endMs) },
    good: line.good,
    scrap: line.scrap,
    ...(target === undefined ? {} : { target: Math.round(target) }),
    ratePerMinute: Math.round(line.ratePerMinute * 10) / 10,
    ...(idealRatePerMinute === undefined ? {} : { idealRatePerMinute }),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
