export interface Clock {
  /** `06:30`, with the day in front if it is more than a day from the shift's beginning. */
  at(instant: string): string;
  /** `Monday, 23 November 2026` */
  day(instant: string): string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Times as the clocks on the wall of a site show them. */
export function clockOf(timeZone: string, shiftFrom: string): Clock {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const weekday = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "full" });
  const originMs = Date.parse(shiftFrom);
  return {
    at(instant) {
      // To the nearest minute, so that times and the minutes between them go together.
      const ms = Math.round(Date.parse(instant) / minuteMs) * minuteMs;
      const isNear = ms > originMs - dayMs / 2 && ms < originMs + dayMs;
      return isNear ? time.format(ms) : `${weekday.format(ms)} ${time.format(ms)}`;
    },
    day: (instant) => day.format(Date.parse(instant)),
  };
}
