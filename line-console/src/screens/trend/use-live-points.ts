import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useEffect, useState } from "react";
import { useLink } from "../../frame/plant.tsx";
import { signalOf } from "../../live/picture.ts";
import type { LivePoint } from "./trend-data.ts";
import { withLivePoint } from "./trend-data.ts";

/** What arrives of a signal while its trend is open. */
export function useLivePoints(
  line: string,
  signal: SignalPicture,
  rangeMs: number,
): readonly LivePoint[] {
  const { store } = useLink();
  const { id } = signal;
  const [points, setPoints] = useState<readonly LivePoint[]>(() => [pointOf(signal)]);
  useEffect(
    () =>
      store.subscribe((picture) => {
        const arrived = signalOf(picture, line, id);
        if (arrived === undefined) return;
        const point = pointOf(arrived);
        setPoints((held) => withLivePoint(held, point, point.atMs - rangeMs));
      }),
    [store, line, id, rangeMs],
  );
  return points;
}

function pointOf({ sourceTimeMs, value }: SignalPicture): LivePoint {
  return { atMs: sourceTimeMs, value: numberOf(value) };
}

function numberOf(value: SignalPicture["value"]): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  const parsed = typeof value === "string" && value !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : null;
}
