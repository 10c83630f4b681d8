import { Temporal } from "temporal-polyfill";
import type { ShiftPattern } from "./shift-pattern.ts";

/** One shift as it really happens: its length follows the clock changes of its zone. */
export interface ShiftInstance {
  /** Business date and name, such as `2026-11-22 night`; the business date is that of its start. */
  id: string;
  name: string;
  businessDate: string;
  startMs: number;
  /** Not part of the shift: the next one begins with it. */
  endMs: number;
}

/** A shift of a line as it is stored. */
export interface LineShift extends ShiftInstance {
  /** null: nobody said which. */
  crew: string | null;
  /** Pattern and version that it follows from; null: nothing was set. */
  pattern: string | null;
  patternVersion: number | null;
  /** Within the shift, in order, apart from each other. */
  breaks: ShiftBreak[];
}

export interface ShiftBreak {
  name: string;
  fromMs: number;
  toMs: number;
}

export interface ShiftCalendar {
  shiftsOf(businessDate: string): ShiftInstance[];
  /** The shift that an instant belongs to; every instant belongs to exactly one. */
  shiftAt(instantMs: number): ShiftInstance;
}

/**
 * Shifts are instances in absolute time, never buckets of local hours: local hours repeat and are
 * missing where the clocks change. A start that falls into a missing hour moves on with the clocks.
 *
 * @throws {RangeError} if the zone is not one of the IANA database.
 */
export function shiftCalendar(pattern: ShiftPattern, timeZone: string): ShiftCalendar {
  localDate(0, timeZone);

  function shiftsOf(businessDate: string): ShiftInstance[] {
    const date = Temporal.PlainDate.from(businessDate);
    const next = date.add({ days: 1 });
    return pattern.map(({ name, start, end }) => ({
      id: `${businessDate} ${name}`,
      name,
      businessDate,
      startMs: instantOf(date, start, timeZone),
      endMs: instantOf(end <= start ? next : date, end, timeZone),
    }));
  }

  function shiftAt(instantMs: number): ShiftInstance {
    const today = localDate(instantMs, timeZone);
    for (const days of [0, -1, 1]) {
      const found = shiftsOf(today.add({ days }).toString()).find(
        (shift) => shift.startMs <= instantMs && instantMs < shift.endMs,
      );
      if (found !== undefined) return found;
    }
    throw new RangeError(`no shift covers ${new Date(instantMs).toISOString()} in ${timeZone}`);
  }

  return { shiftsOf, shiftAt };
}

function localDate(instantMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instantMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
}

function instantOf(date: Temporal.PlainDate, timeOfDay: string, timeZone: string): number {
  return date.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(timeOfDay) })
    .epochMilliseconds;
}
