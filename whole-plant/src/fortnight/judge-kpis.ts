import type { KpiAnswer, KpiItem } from "@only-mes/protocols/console/kpis";
import { getJson } from "../plant-api.ts";
import { expectedOf, type Expected, type Facts, type Range } from "./expected.ts";
import type { Lived } from "./fortnight.ts";
import type { People } from "./people.ts";
import { assembly, cycleSeconds } from "./planning.ts";

/** Every shift and job as the server tells them, beside the same reckoned from the truth. */
export async function judgeKpis(
  lived: Lived,
): Promise<{ compared: number; differences: string[] }> {
  const differences: string[] = [];
  let compared = 0;
  for (const [equipment, facts] of factsByEquipment(lived)) {
    const byShift = await kpisBy(lived, equipment, "shift");
    for (const shift of lived.shifts) {
      const key = `${shift.businessDate} ${shift.name}`;
      differences.push(...compare(`${equipment}, shift ${key}`, byShift, key, shift, facts));
      compared += 1;
    }
    if (!equipment.startsWith(assembly)) continue;
    const byJob = await kpisBy(lived, equipment, "job");
    for (const job of lived.people.jobs) {
      const range = { fromMs: job.fromMs, toMs: Math.min(job.toMs, lived.toMs) };
      differences.push(...compare(`${equipment}, job ${job.id}`, byJob, job.id, range, facts));
      compared += 1;
      if (equipment !== assembly) continue;
      const item = byJob.items.find(({ key }) => key === job.id);
      const seconds = cycleSeconds[job.product] ?? 0;
      const idealMs = Math.round((item?.pieces.total ?? 0) * seconds * 1000);
      if (item !== undefined && Math.round(item.idealMs) !== idealMs) {
        differences.push(`job ${job.id}: ideal time ${item.idealMs}, the truth is ${idealMs}`);
      }
    }
    const whole = expectedOf(lived, facts);
    if (byShift.total.pieces.good !== whole.good) {
      differences.push(`${equipment}: good ${byShift.total.pieces.good} of ${whole.good}`);
    }
  }
  return { compared, differences };
}

async function kpisBy({ plant, fromMs, toMs }: Lived, equipment: string, by: string) {
  const query = new URLSearchParams({
    equipment,
    by,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  });
  return (await getJson(`${plant.http}/api/v1/kpis?${query.toString()}`)) as KpiAnswer;
}

function compare(
  what: string,
  { items }: KpiAnswer,
  key: string,
  range: Range,
  facts: Facts,
): string[] {
  const item = items.find((each) => each.key === key);
  const truth = expectedOf(range, facts);
  if (item === undefined) return [`${what}: not told`];
  const told = elementsOf(item);
  return (Object.keys(truth) as (keyof Expected)[]).flatMap((name) =>
    told[name] === truth[name]
      ? []
      : [`${what}: ${name} ${told[name]}, the truth is ${truth[name]}`],
  );
}

function elementsOf({ times, pieces }: KpiItem): Expected {
  const { aptMs, asutMs, adetMs, adotMs, plannedDowntimeMs, unscheduledMs } = times;
  const { good, scrap } = pieces;
  return { aptMs, asutMs, adetMs, adotMs, plannedDowntimeMs, unscheduledMs, good, scrap };
}

/** The lines and their units. A line's scrap is that of all its units. */
function factsByEquipment({ history, shifts, people }: Lived): Map<string, Facts> {
  const facts = new Map<string, Facts>();
  const { units } = history.truth();
  const piecesOf = (ids: readonly string[]) =>
    history.pieces.filter(({ unit }) => ids.includes(unit));
  for (const [unit, { states }] of Object.entries(units)) {
    const line = unit.slice(0, unit.indexOf("."));
    const pieces = piecesOf([unit]);
    facts.set(unit, {
      spans: states,
      good: pieces,
      scrap: pieces,
      ...planOf(line, people),
      shifts,
    });
  }
  const ids = Object.keys(units);
  facts.set(assembly, {
    spans: units[`${assembly}.frame`]?.states ?? [],
    good: piecesOf([`${assembly}.test`]),
    scrap: piecesOf(ids.filter((id) => id.startsWith(assembly))),
    ...planOf(assembly, people),
    shifts,
  });
  return facts;
}

function planOf(line: string, people: People): Pick<Facts, "planned" | "jobs"> {
  return { planned: people.planned(line), jobs: line === assembly ? people.jobs : [] };
}
