import type { LabourRule } from "../domain/labour/fold-labour.ts";
import type { Transaction } from "./statement.ts";

export interface DatedLabourRule extends LabourRule {
  line: string;
  fromMs: number;
}

const minuteMs = 60_000;

/** All rules that lines have had, in the order in which they are in force. */
export async function readLabourRules(db: Transaction): Promise<DatedLabourRule[]> {
  const { rows } = await db.query<{
    line: string;
    from_ts: Date;
    several_places: boolean;
    tolerance_minutes: number;
  }>(
    `SELECT line, from_ts, several_places, tolerance_minutes
       FROM labour_rule ORDER BY line, from_ts, command`,
  );
  return rows.map((row) => ({
    line: row.line,
    fromMs: row.from_ts.getTime(),
    severalPlaces: row.several_places,
    toleranceMs: row.tolerance_minutes * minuteMs,
  }));
}

export async function insertLabourRule(
  tx: Transaction,
  { line, fromMs, severalPlaces, toleranceMs }: DatedLabourRule,
  command: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO labour_rule (line, from_ts, command, several_places, tolerance_minutes)
     VALUES ($1, $2, $3, $4, $5)`,
    [line, new Date(fromMs), command, severalPlaces, Math.round(toleranceMs / minuteMs)],
  );
}
