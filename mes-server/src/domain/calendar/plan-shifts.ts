import type {
  ExceptionDefinition,
  ShiftDefinition,
  ShiftPatternDefinition,
} from "@only-mes/protocols/console/calendar";
import { dateOf, minutesOf, minutesOfDay, noonOf, type Day, type LocalTime } from "./days.ts";
import { minutesOfShift } from "./pattern-problems.ts";
import { shiftsDueOn, threeShifts, type DueShift } from "./shift-pattern.ts";
import type { LineShift, ShiftBreak } from "./shifts.ts";

/** What people have set, as it holds: of what was said about the same thing, the last word. */
export interface Calendar {
  /** In the order in which they were said; a later one stands above all before it. */
  patterns: ReadonlyMap<string, readonly PatternVersion[]>;
  /** By equipment, in order of `from`. */
  assignments: ReadonlyMap<string, readonly { from: Day; pattern: string | null }[]>;
  /** By equipment and date, joined by a space. */
  exceptions: ReadonlyMap<string, ExceptionDefinition>;
  holidays: ReadonlyMap<string, string>;
}

export interface PatternVersion {
  version: number;
  from: Day;
  definition: ShiftPatternDefinition;
}

/** Where a line lay and when: what of the calendar is about it. */
export interface LinePlace {
  line: string;
  /** Zone of the site it belongs to. */
  zone: string;
  /** Itself, and what it lay under. */
  belonged: readonly { equipment: string; level: Level; fromMs: number; toMs: number }[];
}

const levels = ["line", "area", "site", "enterprise"] as const;
export type Level = (typeof levels)[number];

/** A shift that ends early because another one has begun. */
export interface Cut {
  shift: LineShift;
  by: LineShift;
}

export interface Plan {
  shifts: LineShift[];
  cuts: Cut[];
}

/**
 * The shifts of a line that begin on some days, the last day not included: a pure function of what was
 * set and of the rules of the zone. They never overlap: where patterns change hands, or the clocks change,
 * a shift ends when the next one begins.
 */
export function planShifts(
  calendar: Calendar,
  place: LinePlace,
  days: { from: Day; to: Day },
  instantOf: LocalTime,
): Plan {
  const due: LineShift[] = [];
  for (let day = days.from; day < days.to; day += 1) {
    due.push(...instancesOn(day, dueOn(calendar, place, day), place.zone, instantOf));
  }
  return apart(due);
}

interface Due extends DueShift {
  pattern: string | null;
  patternVersion: number | null;
  zone: string | undefined;
}

/** From the farthest to the nearest: each says what becomes of what those above have left. */
function dueOn(calendar: Calendar, place: LinePlace, day: Day): Due[] {
  const equipment = equipmentOn(place, day);
  const date = dateOf(day);
  const usual = (): Due[] => dueOf(patternOn(calendar, equipment, day), day);
  let due = equipment.some((id) => calendar.holidays.has(`${id} ${date}`)) ? [] : usual();
  for (const id of equipment.toReversed()) {
    const exception = calendar.exceptions.get(`${id} ${date}`);
    if (exception !== undefined) due = withException(due, exception, { calendar, day, usual });
  }
  return due;
}

function withException(
  due: Due[],
  exception: ExceptionDefinition,
  { calendar, day, usual }: { calendar: Calendar; day: Day; usual: () => Due[] },
): Due[] {
  switch (exception.kind) {
    case "closed":
      return [];
    case "asUsual":
      return usual();
    case "extraShift":
      return [...due, ...oneTimeShifts(exception, due)];
    case "otherShifts":
      return oneTimeShifts(exception, []);
    case "otherPattern": {
      const { pattern } = exception;
      const version = versionOn(calendar.patterns.get(pattern) ?? [], day);
      return version === undefined ? usual() : dueOf({ id: pattern, version }, day);
    }
  }
}

/** Names of a day are its shifts' ids: a second one of a name gets a number. */
function oneTimeShifts(
  { shifts, crew }: { shifts: readonly ShiftDefinition[]; crew?: string | undefined },
  besides: readonly Due[],
): Due[] {
  const names = new Set(besides.map(({ shift }) => shift.name));
  return shifts.map((shift) => {
    let { name } = shift;
    for (let number = 2; names.has(name); number += 1) name = `${shift.name} ${number}`;
    names.add(name);
    return {
      shift: { ...shift, name },
      crew: crew ?? null,
      pattern: null,
      patternVersion: null,
      zone: undefined,
    };
  });
}

interface PatternInForce {
  id: string | null;
  version: Pick<PatternVersion, "definition"> & { version: number | null };
}

const nothingSet: PatternInForce = {
  id: null,
  version: { version: null, definition: threeShifts },
};

/** The nearest equipment to which a pattern is assigned that has begun. */
function patternOn(calendar: Calendar, equipment: readonly string[], day: Day): PatternInForce {
  for (const id of equipment) {
    const assigned = calendar.assignments.get(id)?.findLast(({ from }) => from <= day);
    if (assigned === undefined || assigned.pattern === null) continue;
    const version = versionOn(calendar.patterns.get(assigned.pattern) ?? [], day);
    if (version !== undefined) return { id: assigned.pattern, version };
  }
  return nothingSet;
}

function versionOn(versions: readonly PatternVersion[], day: Day): PatternVersion | undefined {
  return versions.findLast(({ from }) => from <= day);
}

function dueOf({ id, version: { version, definition } }: PatternInForce, day: Day): Due[] {
  return shiftsDueOn(definition, day).map((due) => ({
    ...due,
    pattern: id,
    patternVersion: version,
    zone: definition.zone,
  }));
}

function equipmentOn({ belonged }: LinePlace, day: Day): string[] {
  const noonMs = noonOf(day);
  const then = belonged.filter(({ fromMs, toMs }) => fromMs <= noonMs && noonMs < toMs);
  return levels.flatMap((level) =>
    then.filter((part) => part.level === level).map(({ equipment }) => equipment),
  );
}

function instancesOn(
  day: Day,
  due: readonly Due[],
  siteZone: string,
  instantOf: LocalTime,
): LineShift[] {
  const businessDate = dateOf(day);
  return due.map(({ shift, crew, pattern, patternVersion, zone = siteZone }) => {
    const { from, to } = minutesOfShift(shift);
    const startMs = instantOf(day, from, zone);
    return {
      id: `${businessDate} ${shift.name}`,
      name: shift.name,
      businessDate,
      startMs,
      endMs: instantOf(day, to, zone),
      crew,
      pattern,
      patternVersion,
      breaks: shift.breaks.map(({ name, at, afterMinutes = 0, minutes }) => {
        const inDay = at === undefined ? 0 : minutesOf(at);
        const fromMs =
          at === undefined
            ? startMs + afterMinutes * minuteMs
            : instantOf(day, inDay < from ? inDay + minutesOfDay : inDay, zone);
        return { name, fromMs, toMs: fromMs + minutes * minuteMs };
      }),
    };
  });
}

const minuteMs = 60_000;

/** Shifts in order, each ending at the latest where the next one begins; what then has no length is none. */
export function apart(due: readonly LineShift[]): Plan {
  const shifts: LineShift[] = [];
  const cuts: Cut[] = [];
  const sorted = due.toSorted(
    (a, b) => a.startMs - b.startMs || a.endMs - b.endMs || (a.id < b.id ? -1 : 1),
  );
  for (const [place, shift] of sorted.entries()) {
    const next = sorted[place + 1];
    const endMs = Math.min(shift.endMs, next?.startMs ?? Infinity);
    if (next !== undefined && endMs < shift.endMs) cuts.push({ shift, by: next });
    if (endMs > shift.startMs) {
      shifts.push({ ...shift, endMs, breaks: breaksWithin(shift, endMs) });
    }
  }
  return { shifts, cuts };
}

/** Where the clocks change, a break at a local time can leave its shift, or meet the one before it. */
function breaksWithin({ startMs, breaks }: LineShift, endMs: number): ShiftBreak[] {
  const within: ShiftBreak[] = [];
  let freeFromMs = startMs;
  for (const pause of breaks.toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)) {
    const fromMs = Math.max(pause.fromMs, freeFromMs);
    const toMs = Math.min(pause.toMs, endMs);
    if (fromMs >= toMs) continue;
    within.push({ ...pause, fromMs, toMs });
    freeFromMs = toMs;
  }
  return within;
}
