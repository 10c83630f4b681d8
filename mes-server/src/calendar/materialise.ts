import { compareShifts, withPastKept } from "../domain/calendar/compare-shifts.ts";
import { dayOf, localDay, noonOf, type LocalTime } from "../domain/calendar/days.ts";
import { apart, planShifts, type Calendar, type Cut } from "../domain/calendar/plan-shifts.ts";
import type { LineShift } from "../domain/calendar/shifts.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readFirstData } from "../store/readFirstData.ts";
import type { PlacedLine } from "../store/readLinePlaces.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { replaceShiftInstances } from "../store/replaceShiftInstances.ts";
import { putShiftHorizon, readShiftHorizon, type DayRange } from "../store/shiftHorizon.ts";
import type { Transaction } from "../store/statement.ts";

/** What is needed to say which shifts a line has. */
export interface Ground {
  calendar: Calendar;
  place: PlacedLine;
  nowMs: number;
  /** Shared by the lines of one run. */
  instantOf: LocalTime;
}

export interface LineChange {
  line: string;
  removed: LineShift[];
  added: LineShift[];
  /** The part of the past that is now told differently. */
  past: { fromMs: number; toMs: number }[];
  cuts: Cut[];
}

const dayMs = 86_400_000;
const daysBack = 35;
const daysAhead = 60;
/** A machine whose clock stood still would have its shifts since 1970. */
const daysBackMax = 800;
/** A shift that is on now began at most this long ago. */
const daysOfShift = 2;

/**
 * Keeps the shifts of a line from the first that is known of it to some weeks ahead. What has begun stays
 * as it is stored; what is to come follows the rules of the zone, and the plant, as they are now.
 */
export async function keepUp(tx: Transaction, ground: Ground): Promise<LineChange> {
  const { place, nowMs } = ground;
  const today = localDay(nowMs, place.zone);
  const firstDataMs = await readFirstData(tx, {
    line: place.line,
    notBeforeMs: nowMs - daysBackMax * dayMs,
  });
  const firstDay = firstDataMs === undefined ? today : localDay(firstDataMs, place.zone) - 1;
  const known = await readShiftHorizon(tx, place.key);
  const wanted = {
    from: Math.min(today - daysBack, firstDay, known?.from ?? Infinity),
    to: Math.max(today + daysAhead, known?.to ?? -Infinity),
  };
  const changes: LineChange[] = [];
  const all = known ?? { from: wanted.to, to: wanted.to };
  if (wanted.from < all.from) {
    const days = { from: wanted.from, to: all.from };
    changes.push(await putShifts(tx, ground, days, () => planned(ground, days).shifts));
  }
  if (known !== undefined) {
    const days = { from: Math.max(known.from, today - daysOfShift), to: wanted.to };
    const { shifts } = planned(ground, days);
    const isKnown = ({ businessDate }: LineShift): boolean => dayOf(businessDate) < known.to;
    const change = await putShifts(tx, ground, days, (stored) => {
      const kept = withPastKept(stored, shifts.filter(isKnown), nowMs);
      return apart([...kept, ...shifts.filter((shift) => !isKnown(shift))]).shifts;
    });
    changes.push(change);
    await tellWhatFollowed(tx, ground, change, known);
  }
  await putShiftHorizon(tx, place.key, wanted);
  const change = joined(place.line, changes);
  const seen = change.past.filter(({ toMs }) => firstDataMs !== undefined && toMs > firstDataMs);
  await markDirtyHours(
    tx,
    seen.map(({ fromMs, toMs }) => ({
      line: place.line,
      fromMs: Math.max(fromMs, firstDataMs ?? 0),
      toMs: toMs - 1,
    })),
  );
  return change;
}

/**
 * Makes the shifts of some days, those of the past too, what now follows from what people have set. Days
 * that are not materialised are left to {@link keepUp}.
 */
export async function remake(tx: Transaction, ground: Ground, of: DayRange): Promise<LineChange> {
  const { line, key } = ground.place;
  const known = await readShiftHorizon(tx, key);
  const days = {
    from: Math.max(of.from - 1, known?.from ?? Infinity),
    to: Math.min(of.to + 1, known?.to ?? -Infinity),
  };
  if (days.from >= days.to) return joined(line, []);
  const { shifts, cuts } = planned(ground, days);
  const change = { ...(await putShifts(tx, ground, days, () => shifts)), cuts };
  await markDirtyHours(
    tx,
    change.past.map(({ fromMs, toMs }) => ({ line, fromMs, toMs: toMs - 1 })),
  );
  if (change.removed.length + change.added.length > 0) {
    await insertOutboxEvents(tx, [eventOf("shifts.changed", ground, change)]);
  }
  return change;
}

/** A day more on both ends: what lies beside them may cut a shift short. */
function planned({ calendar, place, instantOf }: Ground, { from, to }: DayRange) {
  const plan = planShifts(calendar, place, { from: from - 1, to: to + 1 }, instantOf);
  const isWithin = ({ businessDate }: LineShift): boolean => {
    const day = dayOf(businessDate);
    return from <= day && day < to;
  };
  return {
    shifts: plan.shifts.filter(isWithin),
    cuts: plan.cuts.filter(({ shift, by }) => isWithin(shift) && isWithin(by)),
  };
}

async function putShifts(
  tx: Transaction,
  { place, nowMs }: Ground,
  { from, to }: DayRange,
  wanted: (stored: LineShift[]) => LineShift[],
): Promise<LineChange> {
  const around = await readShiftInstances(tx, {
    line: place.line,
    fromMs: noonOf(from - daysOfShift),
    toMs: noonOf(to + daysOfShift),
  });
  const stored = around.filter(({ businessDate }) => {
    const day = dayOf(businessDate);
    return from <= day && day < to;
  });
  const { removed, added, ranges } = compareShifts(stored, wanted(stored));
  await replaceShiftInstances(tx, { lineKey: place.key, removed, added });
  const past = ranges
    .filter(({ fromMs }) => fromMs < nowMs)
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, nowMs) }));
  return { line: place.line, removed, added, past, cuts: [] };
}

/** Days that were materialised before have changed, and nobody has said so: the zone's rules have, or the plant. */
async function tellWhatFollowed(
  tx: Transaction,
  ground: Ground,
  change: LineChange,
  known: DayRange,
): Promise<void> {
  const isKnown = ({ businessDate }: LineShift): boolean => dayOf(businessDate) < known.to;
  const added = change.added.filter(isKnown);
  if (change.removed.length + added.length === 0) return;
  await insertOutboxEvents(tx, [eventOf("shifts.followed", ground, { ...change, added })]);
}

function eventOf(
  kind: "shifts.changed" | "shifts.followed",
  { place, nowMs }: Ground,
  { removed, added }: LineChange,
) {
  const all = [...removed, ...added];
  return {
    kind,
    equipment: place.line,
    atMs: nowMs,
    data: {
      from: new Date(Math.min(...all.map(({ startMs }) => startMs))).toISOString(),
      to: new Date(Math.max(...all.map(({ endMs }) => endMs))).toISOString(),
      removed: removed.length,
      added: added.length,
    },
  };
}

function joined(line: string, changes: readonly LineChange[]): LineChange {
  return {
    line,
    removed: changes.flatMap(({ removed }) => removed),
    added: changes.flatMap(({ added }) => added),
    past: changes.flatMap(({ past }) => past),
    cuts: [],
  };
}
