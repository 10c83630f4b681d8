import type { CallOfShift } from "../domain/handover/handover-facts.ts";
import type { Transaction } from "./statement.ts";

/** Andon calls of a line that were open in a range, in order of time. */
export async function readCallsOfShift(
  db: Transaction,
  { line, fromMs, toMs }: { line: string; fromMs: number; toMs: number },
): Promise<CallOfShift[]> {
  const { rows } = await db.query<{
    id: string;
    kind: string;
    unit: string | null;
    note: string;
    state: string;
    raised_at: Date;
    acknowledged_at: Date | null;
    ended_at: Date | null;
    escalations: number;
  }>(
    `SELECT id, kind, unit, note, state, raised_at, acknowledged_at, ended_at,
            
            (SELECT count(*)::int FROM escalation e WHERE e.call = andon_call.id AND e.at < $3) AS escalations
       FROM andon_call
      WHERE line = $1 AND raised_at < $3 AND (ended_at IS NULL OR ended_at > $2)
      ORDER BY raised_at, id`,
    [line, new Date(fromMs), new Date(toMs)],
  );
  return rows.map(({ raised_at, acknowledged_at, ended_at, ...row }) => ({
    ...row,
    raisedAtMs: raised_at.getTime(),
    acknowledgedAtMs: acknowledged_at?.getTime() ?? null,
    endedAtMs: ended_at?.getTime() ?? null,
  }));
}
