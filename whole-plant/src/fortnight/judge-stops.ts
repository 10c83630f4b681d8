import { everyItem } from "../plant-api.ts";
import type { StopItem } from "@only-mes/protocols/console/stops";
import type { Lived } from "./fortnight.ts";
import { assembly } from "./planning.ts";

/** The stops of the assembly line, with their reasons, beside those that people named. */
export async function judgeStops(
  lived: Lived,
): Promise<{ compared: number; differences: string[] }> {
  const query = new URLSearchParams({
    line: assembly,
    from: new Date(lived.fromMs).toISOString(),
    to: new Date(lived.toMs).toISOString(),
  });
  const told = await everyItem<StopItem>(`${lived.plant.http}/api/v1/stops?${query.toString()}`);
  const ofLine = new Map(
    told
      .filter(({ equipment }) => equipment === assembly)
      .map((stop) => [Date.parse(stop.from), stop]),
  );
  const differences = lived.people.stops.flatMap(({ fromMs, toMs, reason }) => {
    const stop = ofLine.get(fromMs);
    const what = `stop of ${new Date(fromMs).toISOString()}`;
    if (stop === undefined) return [`${what}: not told`];
    const wrong: string[] = [];
    if (stop.to === null || Date.parse(stop.to) !== toMs) {
      wrong.push(`${what}: ends ${stop.to}, the truth is ${new Date(toMs).toISOString()}`);
    }
    const given = stop.reason?.code ?? null;
    if (given !== reason) wrong.push(`${what}: reason ${given}, named was ${reason}`);
    return wrong;
  });
  return { compared: lived.people.stops.length, differences };
}
