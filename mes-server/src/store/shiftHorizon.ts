import { dateOf, dayOf, type Day } from "../domain/calendar/days.ts";
import type { Transaction } from "./statement.ts";

/** Days whose shifts are materialised, the last one not included. */
export interface DayRange {
  from: Day;
  to: Day;
}

/** Whoever changes shifts takes turns until the end of the transaction; readers go on. */
export async function lockShifts(tx: Transaction): Promise<void> {
  await tx.query("LOCK TABLE shift_horizon IN EXCLUSIVE MODE");
}

export async function readShiftHorizon(
  db: Transaction,
  lineKey: number,
): Promise<DayRange | undefined> {
  const { rows } = await db.query<{ from: string; to: string }>(
    `SELECT from_date::text AS "from", to_date::text AS "to" FROM shift_horizon WHERE line_key = $1`,
    [lineKey],
  );
  const [row] = rows;
  return row === undefined ? undefined : { from: dayOf(row.from), to: dayOf(row.to) };
}

export async function putShiftHorizon(
  tx: Transaction,
  lineKey: number,
  { from, to }: DayRange,
): Promise<void> {
  await tx.query(
    `INSERT INTO shift_horizon (line_key, from_date, to_date) VALUES ($1, $2, $3)
     ON CONFLICT (line_key) DO UPDATE SET from_date = excluded.from_date, to_date = excluded.to_date`,
    [lineKey, dateOf(from), dateOf(to)],
  );
}
