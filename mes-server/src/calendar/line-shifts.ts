import { localDay, localTime } from "../domain/calendar/days.ts";
import { planShifts, type Calendar } from "../domain/calendar/plan-shifts.ts";
import type { ShiftInstance } from "../domain/calendar/shifts.ts";

/** Shifts of a line around an instant, in order of time. */
export interface ShiftsAround {
  atMs: number;
  shifts: readonly ShiftInstance[];
}

const dayMs = 86_400_000;
const nothingSet: Calendar = {
  patterns: new Map(),
  assignments: new Map(),
  exceptions: new Map(),
  holidays: new Map(),
};

/**
 * The shifts of every line around now, kept in memory so that whoever shows them waits for no database. A
 * line of which nothing is known yet has the three shifts that hold where nothing is set.
 */
export class LineShifts {
  readonly #defaultZone: string;
  #lines: ReadonlyMap<string, ShiftsAround> = new Map();

  constructor(defaultZone: string) {
    this.#defaultZone = defaultZone;
  }

  replace(lines: ReadonlyMap<string, ShiftsAround>): void {
    this.#lines = lines;
  }

  knows(line: string): boolean {
    return this.#lines.has(line);
  }

  /** The shift that is on; between two of them, the time in which none is. */
  shiftAt(line: string, instantMs: number): ShiftInstance {
    const around = this.#lines.get(line) ?? this.#usual(line, instantMs);
    const before = around.shifts.findLast(({ startMs }) => startMs <= instantMs);
    if (before !== undefined && instantMs < before.endMs) return before;
    const next = around.shifts.find(({ startMs }) => startMs > instantMs);
    const startMs = before?.endMs ?? Math.floor(around.atMs / dayMs - 1) * dayMs;
    const start = new Date(startMs).toISOString();
    return {
      id: `${start} unscheduled`,
      name: "unscheduled",
      businessDate: start.slice(0, 10),
      startMs,
      endMs: next?.startMs ?? Math.max(instantMs + 1, around.atMs + 60 * dayMs),
      isUnscheduled: true,
    };
  }

  #usual(line: string, atMs: number): ShiftsAround {
    const zone = this.#defaultZone;
    const today = localDay(atMs, zone);
    const days = { from: today - 1, to: today + 2 };
    const { shifts } = planShifts(nothingSet, { line, zone, belonged: [] }, days, localTime());
    return { atMs, shifts };
  }
}
