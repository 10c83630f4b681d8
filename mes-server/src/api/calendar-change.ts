import type { CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import type { CalendarChange, Shift } from "@only-mes/protocols/console/calendar";
import { remake, type Ground, type LineChange } from "../calendar/materialise.ts";
import type { Change } from "../changes/carryOut.ts";
import { localDay, localTime } from "../domain/calendar/days.ts";
import { planShifts, type Calendar } from "../domain/calendar/plan-shifts.ts";
import type { LineShift } from "../domain/calendar/shifts.ts";
import { readCalendar } from "../store/readCalendar.ts";
import { readLinePlaces, type PlacedLine } from "../store/readLinePlaces.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { lockShifts, type DayRange } from "../store/shiftHorizon.ts";
import { transaction } from "../store/transaction.ts";
import { changed } from "./change.ts";
import type { ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOf } from "./window.ts";

export interface CalendarCommand {
  kind: string;
  subject: string;
  /** Keeps what is said; answers the version that it has then. */
  say: (change: Change, before: Calendar) => Promise<number>;
  /** Days that may be other than before. */
  days: DayRange;
  concerns: (place: PlacedLine, calendar: Calendar) => boolean;
  /** A pattern to show in a dry run, whether a line goes by it or not. */
  pattern?: string;
  /** A day whose shifts must not meet others. */
  dayAlone?: string;
}

interface CalendarRequest {
  headers: Record<string, unknown>;
  body: CommandEnvelope & { dryRun: boolean };
}

const dayMs = 86_400_000;
const previewDays = 28;
const previewLinesMax = 10;

/** Changes what is set, and at once the shifts that follow from it; a dry run takes all of it back. */
export async function changeCalendar(
  context: ApiContext,
  request: CalendarRequest,
  command: CalendarCommand,
): Promise<CalendarChange> {
  if (request.body.dryRun) return dryRun(context, request, command);
  const answer = await changed(context, request, command, async (change) => {
    const { version, changes } = await carryOut(context, change, command);
    return answerOf("changed", version, changes);
  });
  await context.keeper.changed();
  return answer;
}

interface CarriedOut {
  version: number;
  changes: LineChange[];
  ground: Omit<Ground, "place">;
}

async function carryOut(
  { siteTimeZone }: ApiContext,
  change: Change,
  { say, days, concerns, dayAlone }: CalendarCommand,
): Promise<CarriedOut> {
  const { tx, nowMs } = change;
  await lockShifts(tx);
  const before = await readCalendar(tx);
  const version = await say(change, before);
  const calendar = await readCalendar(tx);
  const ground = { calendar, nowMs, instantOf: localTime() };
  const places = await readLinePlaces(tx, { defaultZone: siteTimeZone });
  const changes: LineChange[] = [];
  for (const place of places.filter((each) => concerns(each, before) || concerns(each, calendar))) {
    const made = await remake(tx, { ...ground, place }, days);
    if (dayAlone !== undefined) refuseOverlaps(made, dayAlone);
    const pastFromMs = pastFromOf(made);
    if (pastFromMs !== null) await expectUnlocked(tx, place.line, pastFromMs, "from");
    changes.push(made);
  }
  return { version, changes, ground };
}

function refuseOverlaps({ line, cuts }: LineChange, date: string): void {
  const cut = cuts.find(({ shift, by }) => [shift, by].some((each) => each.businessDate === date));
  if (cut === undefined) return;
  const { shift, by } = cut;
  throw new ApiFailure(
    "shifts_overlap",
    `"${shift.id}" of line "${line}" still lasts when "${by.id}" begins, at ${isoOf(by.startMs)}.`,
    "definition.shifts",
  );
}

class TakenBack extends Error {
  readonly answer: CalendarChange;

  constructor(answer: CalendarChange) {
    super("a dry run is taken back");
    this.answer = answer;
  }
}

async function dryRun(
  context: ApiContext,
  { body }: CalendarRequest,
  command: CalendarCommand,
): Promise<CalendarChange> {
  const nowMs = context.clock.now();
  const occurredAtMs = body.occurredAt === undefined ? nowMs : Date.parse(body.occurredAt);
  const commandId = body.commandId ?? "dry-run";
  try {
    return await transaction(context.pool, async (tx) => {
      const change = { tx, commandId, actor: body.actor, occurredAtMs, nowMs };
      const { version, changes, ground } = await carryOut(context, change, command);
      const shifts = await previewOf(context, change, command, changes, ground);
      throw new TakenBack({ ...answerOf("dryRun", version, changes), shifts });
    });
  } catch (error) {
    if (error instanceof TakenBack) return error.answer;
    throw error;
  }
}

async function previewOf(
  { siteTimeZone }: ApiContext,
  { tx, nowMs }: Change,
  { pattern }: CalendarCommand,
  changes: readonly LineChange[],
  ground: Omit<Ground, "place">,
): Promise<Shift[]> {
  if (pattern !== undefined && changes.length === 0) {
    const versions = ground.calendar.patterns.get(pattern) ?? [];
    const zone = versions.at(-1)?.definition.zone ?? siteTimeZone;
    const from = Math.max(localDay(nowMs, zone), Math.min(...versions.map((each) => each.from)));
    const only = { ...ground.calendar, assignments: new Map([["", [{ from: 0, pattern }]]]) };
    const everywhere = { equipment: "", level: "line" as const, fromMs: -Infinity, toMs: Infinity };
    const place = { line: "", zone, belonged: [everywhere] };
    const { shifts } = planShifts(only, place, { from, to: from + previewDays }, ground.instantOf);
    return shifts.map((shift) => shiftAnswer(null, shift));
  }
  const shifts: Shift[] = [];
  for (const { line } of changes.slice(0, previewLinesMax)) {
    const range = { line, fromMs: nowMs, toMs: nowMs + previewDays * dayMs };
    for (const shift of await readShiftInstances(tx, range)) shifts.push(shiftAnswer(line, shift));
  }
  return shifts;
}

function answerOf(
  result: CalendarChange["result"],
  version: number,
  changes: readonly LineChange[],
): CalendarChange {
  const lines = changes
    .filter(({ removed, added }) => removed.length + added.length > 0)
    .map((change) => {
      const pastFromMs = pastFromOf(change);
      return {
        line: change.line,
        removed: change.removed.length,
        added: change.added.length,
        pastFrom: pastFromMs === null ? null : isoOf(pastFromMs),
      };
    });
  return { result, version, lines };
}

function pastFromOf({ past }: LineChange): number | null {
  return past.length === 0 ? null : Math.min(...past.map(({ fromMs }) => fromMs));
}

export function shiftAnswer(line: string | null, shift: LineShift): Shift {
  return {
    id: shift.id,
    line,
    name: shift.name,
    businessDate: shift.businessDate,
    from: isoOf(shift.startMs),
    to: isoOf(shift.endMs),
    crew: shift.crew,
    pattern: shift.pattern,
    patternVersion: shift.patternVersion,
    breaks: shift.breaks.map(({ name, fromMs, toMs }) => ({
      name,
      from: isoOf(fromMs),
      to: isoOf(toMs),
    })),
  };
}

/** Whether what is set for some equipment is about a line. */
export function isAbout(equipment: string): (place: PlacedLine) => boolean {
  return ({ belonged }) => belonged.some((each) => each.equipment === equipment);
}
