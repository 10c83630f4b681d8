import type { LineShift } from "../domain/calendar/shifts.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import type { Transaction } from "../store/statement.ts";

const dayMs = 86_400_000;

/**
 * The shift that somebody means: `<business date> <name>`; `current`, or the last one if none is on; `last`,
 * the one before that. `undefined` if there is none.
 */
export async function findShift(
  db: Transaction,
  { line, shift, nowMs }: { line: string; shift: string; nowMs: number },
): Promise<LineShift | undefined> {
  if (shift === "current" || shift === "last") {
    const around = await readShiftInstances(db, {
      line,
      fromMs: nowMs - 14 * dayMs,
      toMs: nowMs + 1,
    });
    const begun = around.filter(({ startMs }) => startMs <= nowMs);
    if (shift === "current") return begun.at(-1);
    return begun.findLast(({ endMs }) => endMs <= nowMs);
  }
  const dateMs = Date.parse(`${shift.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(dateMs)) return undefined;
  const around = await readShiftInstances(db, {
    line,
    fromMs: dateMs - dayMs,
    toMs: dateMs + 2 * dayMs,
  });
  return around.find(({ id }) => id === shift);
}
