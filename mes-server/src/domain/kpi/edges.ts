import type { Stop } from "../stops/stop.ts";

/**
 * Which stops of a line and its units go on over an instant, and as what. Whether a stop is a microstop and
 * what it is lost to depends on all of it: two hours that see one of their edge differently are not both
 * derived from the same facts.
 */
export function edgeAt(atMs: number, stops: ReadonlyMap<string, readonly Stop[]>): string {
  const over = [...stops.values()]
    .flat()
    .filter(({ fromMs, toMs }) => fromMs < atMs && (toMs === null || toMs > atMs));
  return over
    .map((stop) =>
      [stop.equipment, stop.fromMs, stop.lossClass, stop.isMicrostop ? "micro" : ""].join(" "),
    )
    .sort()
    .join("\n");
}
