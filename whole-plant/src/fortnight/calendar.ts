import type { Opening } from "@only-mes/simulators/feed/plant-history";

/**
 * The two weeks that are lived through: from Monday, 2026-10-19, in Berlin; on Sunday, the 25th, the
 * clocks go back. Two shifts from Monday to Friday, the early one on Saturday, a night shift from
 * Saturday to Sunday in which an hour comes twice.
 */
export const timeZone = "Europe/Berlin";
export const firstDate = "2026-10-19";

const hourMs = 3_600_000;

export interface PlannedShift {
  businessDate: string;
  name: "early" | "late" | "night";
  fromMs: number;
  toMs: number;
}

/** By hand, from the offset of Berlin: +02:00 until 2026-10-25T01:00Z, +01:00 from then on. */
export function plannedShifts(days: number): PlannedShift[] {
  const shifts: PlannedShift[] = [];
  for (let day = 0; day < days; day += 1) {
    const date = new Date(Date.parse(`${firstDate}T00:00:00Z`) + day * 24 * hourMs);
    const businessDate = date.toISOString().slice(0, 10);
    const weekday = date.getUTCDay();
    const shift = (name: PlannedShift["name"], from: number, to: number): void => {
      shifts.push({
        businessDate,
        name,
        fromMs: localMs(businessDate, from),
        toMs: localMs(businessDate, to),
      });
    };
    if (weekday >= 1 && weekday <= 6) shift("early", 6, 14);
    if (weekday >= 1 && weekday <= 5) shift("late", 14, 22);
    if (weekday === 6) shift("night", 22, 30);
  }
  return shifts;
}

/** Hours after midnight of a local date; 24 and more are of the day after. */
export function localMs(date: string, hours: number): number {
  const asUtcMs = Date.parse(`${date}T00:00:00Z`) + hours * hourMs;
  const summerMs = asUtcMs - 2 * hourMs;
  return summerMs < Date.parse("2026-10-25T01:00:00Z") ? summerMs : asUtcMs - hourMs;
}

/** Neighbouring shifts are one opening. */
export function openingsOf(shifts: readonly PlannedShift[]): Opening[] {
  const openings: Opening[] = [];
  for (const { fromMs, toMs } of shifts) {
    const last = openings.at(-1);
    if (last !== undefined && last.toMs >= fromMs) last.toMs = toMs;
    else openings.push({ fromMs, toMs });
  }
  return openings;
}
