import { Temporal } from "temporal-polyfill";

/** A date of the calendar as a number: days since 1970-01-01, in no zone. */
export type Day = number;

const dayMs = 86_400_000;
export const minutesOfDay = 1440;

export function dayOf(date: string): Day {
  return Date.parse(`${date}T00:00:00Z`) / dayMs;
}

export function dateOf(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** 1 is Monday, as in ISO 8601. */
export function weekdayOf(day: Day): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Noon in UTC: when the day is on in nearly every zone. */
export function noonOf(day: Day): number {
  return day * dayMs + dayMs / 2;
}

/** `06:30` -> 390; `24:00` -> 1440. */
export function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3));
}

export function isTimeZone(zone: string): boolean {
  try {
    localDay(0, zone);
    return true;
  } catch {
    return false;
  }
}

export function localDay(instantMs: number, zone: string): Day {
  const date = Temporal.Instant.fromEpochMilliseconds(instantMs)
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  return dayOf(date.toString());
}

/** The instant of a local time; minutes may reach into the next days. */
export type LocalTime = (day: Day, minutes: number, zone: string) => number;

/**
 * Local times as instants. One that the clocks skip moves on with them; of one that they repeat, the
 * first pass is meant. What was asked for is remembered: lines of a site ask for the same.
 */
export function localTime(): LocalTime {
  const known = new Map<string, number>();
  return (day, minutes, zone) => {
    const key = `${zone} ${day * minutesOfDay + minutes}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const date = dateOf(day + Math.floor(minutes / minutesOfDay));
    const inDay = minutes % minutesOfDay;
    const instantMs = Temporal.PlainDate.from(date).toZonedDateTime({
      timeZone: zone,
      plainTime: { hour: Math.floor(inDay / 60), minute: inDay % 60 },
    }).epochMilliseconds;
    known.set(key, instantMs);
    return instantMs;
  };
}
