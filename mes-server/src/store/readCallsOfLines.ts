import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { CallState } from "@only-mes/protocols/console/andon";
import type { Pool } from "pg";

export interface LineCall {
  line: string;
  /** null: the line has none that is open. */
  id: string | null;
  unit: string | null;
  kind: CallKind;
  state: CallState;
  raisedAtMs: number;
}

/** Open andon calls of all lines or of some; one row without a call for a line of none. */
export async function readCallsOfLines(
  pool: Pool,
  lines: readonly string[] | undefined,
): Promise<LineCall[]> {
  const { rows } = await pool.query<Omit<LineCall, "raisedAtMs"> & { raised_at: Date | null }>({
    name: "readCallsOfLines",
    text: `SELECT l.id AS line, c.id, c.unit, c.kind, c.state, c.raised_at
             FROM line l LEFT JOIN andon_call c ON c.line = l.id AND c.ended_at IS NULL
            WHERE $1::text[] IS NULL OR l.id = ANY ($1)
            ORDER BY l.id, c.raised_at, c.id`,
    values: [lines ?? null],
  });
  return rows.map(({ raised_at, ...row }) => ({ ...row, raisedAtMs: raised_at?.getTime() ?? 0 }));
}
