import type { ShiftDefinition, ShiftPatternDefinition } from "@only-mes/protocols/console/calendar";
import { dateOf, dayOf, isTimeZone, minutesOf, minutesOfDay, weekdayOf } from "./days.ts";
import { rotationDays, shiftsDueOn } from "./shift-pattern.ts";

export interface PatternProblem {
  code:
    | "shifts_overlap"
    | "shift_name_twice"
    | "break_outside_shift"
    | "breaks_overlap"
    | "rotation_uneven"
    | "rotation_shift_unknown"
    | "rotation_crews_collide"
    | "time_zone_unknown";
  detail: string;
  field: string;
}

/** The first thing that is wrong with a pattern; none if shifts can be made of it. */
export function problemOfPattern(pattern: ShiftPatternDefinition): PatternProblem | undefined {
  const { zone } = pattern;
  if (zone !== undefined && !isTimeZone(zone)) {
    return { code: "time_zone_unknown", detail: `"${zone}"`, field: "definition.zone" };
  }
  return problemOfShifts(pattern.shifts) ?? problemOfRotation(pattern) ?? overlapOf(pattern);
}

/** Of shifts for themselves: their names and their breaks. */
export function problemOfShifts(
  shifts: readonly Omit<ShiftDefinition, "weekdays">[],
): PatternProblem | undefined {
  const names = new Set<string>();
  for (const [index, shift] of shifts.entries()) {
    const field = `definition.shifts.${index}`;
    if (names.has(shift.name)) {
      return { code: "shift_name_twice", detail: `"${shift.name}"`, field: `${field}.name` };
    }
    names.add(shift.name);
    const problem = problemOfBreaks(shift);
    if (problem !== undefined) return { ...problem, field: `${field}.breaks.${problem.field}` };
  }
  return undefined;
}

/** Where a shift lies in minutes of its day; its end may be of the next day. */
export function minutesOfShift({ start, end }: Pick<ShiftDefinition, "start" | "end">): {
  from: number;
  to: number;
} {
  const from = minutesOf(start);
  const to = minutesOf(end);
  return { from, to: to <= from ? to + minutesOfDay : to };
}

function problemOfBreaks(shift: Omit<ShiftDefinition, "weekdays">): PatternProblem | undefined {
  const { from, to } = minutesOfShift(shift);
  const breaks = shift.breaks.map((pause, index) => {
    const at = pause.at === undefined ? from + (pause.afterMinutes ?? 0) : minutesOf(pause.at);
    const begin = pause.at !== undefined && at < from ? at + minutesOfDay : at;
    return { ...pause, index, begin, end: begin + pause.minutes };
  });
  for (const pause of breaks) {
    if (pause.begin < from || pause.end > to) {
      const where = pause.at ?? `${pause.afterMinutes} minutes after its start`;
      const detail = `"${pause.name}" at ${where} of ${pause.minutes} minutes is not within "${shift.name}", ${shift.start} to ${shift.end}.`;
      return { code: "break_outside_shift", detail, field: String(pause.index) };
    }
  }
  const sorted = breaks.toSorted((a, b) => a.begin - b.begin);
  for (const [place, pause] of sorted.entries()) {
    const before = sorted[place - 1];
    if (before !== undefined && before.end > pause.begin) {
      const detail = `"${before.name}" and "${pause.name}" of "${shift.name}".`;
      return { code: "breaks_overlap", detail, field: String(pause.index) };
    }
  }
  return undefined;
}

function problemOfRotation({
  shifts,
  rotation,
}: ShiftPatternDefinition): PatternProblem | undefined {
  if (rotation === undefined) return undefined;
  const field = "definition.rotation.crews";
  const steps = rotation.crews[0]?.shifts.length ?? 0;
  const names = new Set(shifts.map(({ name }) => name));
  const taken = new Map<string, string>();
  for (const [index, { crew, shifts: worked }] of rotation.crews.entries()) {
    if (worked.length !== steps) {
      const detail = `"${crew}" has ${worked.length}, the first crew ${steps}.`;
      return { code: "rotation_uneven", detail, field: `${field}.${index}.shifts` };
    }
    for (const [step, shift] of worked.entries()) {
      if (shift === null) continue;
      const at = `${field}.${index}.shifts.${step}`;
      if (!names.has(shift)) {
        return { code: "rotation_shift_unknown", detail: `"${shift}" of "${crew}".`, field: at };
      }
      const other = taken.get(`${step} ${shift}`);
      if (other !== undefined) {
        const detail = `"${other}" and "${crew}" both work "${shift}" in step ${step + 1}.`;
        return { code: "rotation_crews_collide", detail, field: at };
      }
      taken.set(`${step} ${shift}`, crew);
    }
  }
  return undefined;
}

/** Two shifts that are on at once, on any day of the rotation. */
function overlapOf(pattern: ShiftPatternDefinition): PatternProblem | undefined {
  const { rotation } = pattern;
  const cycle = rotation === undefined ? 7 : rotationDays(rotation);
  const first = rotation === undefined ? 0 : dayOf(rotation.from);
  const days = cycle % 7 === 0 ? cycle : cycle * 7;
  let before: { name: string; end: number } | undefined;
  for (let day = first; day <= first + days; day += 1) {
    const due = shiftsDueOn(pattern, day)
      .map(({ shift }) => ({ name: shift.name, ...minutesOfShift(shift) }))
      .toSorted((a, b) => a.from - b.from);
    for (const { name, from, to } of due) {
      const begin = day * minutesOfDay + from;
      if (before !== undefined && before.end > begin) {
        const when = rotation === undefined ? weekdayNames[weekdayOf(day) - 1] : dateOf(day);
        const detail = `"${before.name}" still lasts when "${name}" begins (${when}).`;
        return { code: "shifts_overlap", detail, field: "definition.shifts" };
      }
      before = { name, end: day * minutesOfDay + to };
    }
  }
  return undefined;
}

const weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
