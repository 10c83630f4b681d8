import type {
  ShiftDefinition,
  ShiftPatternDefinition,
  ShiftRotation,
} from "@only-mes/protocols/console/calendar";
import { dayOf, weekdayOf, type Day } from "./days.ts";

/** What holds where nothing is set: three shifts around the clock. */
export const threeShifts: ShiftPatternDefinition = {
  name: "Three shifts",
  shifts: [
    { name: "early", start: "06:00", end: "14:00", breaks: [] },
    { name: "late", start: "14:00", end: "22:00", breaks: [] },
    { name: "night", start: "22:00", end: "06:00", breaks: [] },
  ],
};

export interface DueShift {
  shift: ShiftDefinition;
  crew: string | null;
}

/** Shifts of a pattern that begin on a day, and who works them. */
export function shiftsDueOn({ shifts, rotation }: ShiftPatternDefinition, day: Day): DueShift[] {
  const weekday = weekdayOf(day);
  const onWeekday = shifts.filter(({ weekdays }) => weekdays?.includes(weekday) ?? true);
  if (rotation === undefined) return onWeekday.map((shift) => ({ shift, crew: null }));
  const step = stepOn(rotation, day);
  return onWeekday.flatMap((shift) => {
    const working = rotation.crews.find((crew) => crew.shifts[step] === shift.name);
    return working === undefined ? [] : [{ shift, crew: working.crew }];
  });
}

/** Days after which a rotation begins again. */
export function rotationDays({ every, crews }: ShiftRotation): number {
  return (crews[0]?.shifts.length ?? 1) * (every === "week" ? 7 : 1);
}

function stepOn(rotation: ShiftRotation, day: Day): number {
  const steps = rotation.crews[0]?.shifts.length ?? 1;
  const passed = Math.floor((day - dayOf(rotation.from)) / (rotation.every === "week" ? 7 : 1));
  return ((passed % steps) + steps) % steps;
}
