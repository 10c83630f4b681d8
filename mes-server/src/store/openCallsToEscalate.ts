import type { CallToEscalate } from "../domain/andon/escalation.ts";
import type { Transaction } from "./statement.ts";

export interface OpenCall extends CallToEscalate {
  id: string;
  line: string;
  /** Steps that were told. */
  told: number[];
}

/** Calls that are neither resolved nor cancelled, with what their line belongs to. */
export async function readOpenCalls(db: Transaction): Promise<OpenCall[]> {
  const { rows } = await db.query<{
    id: string;
    line: string;
    kind: CallToEscalate["kind"];
    raised_at: Date;
    acknowledged_at: Date | null;
    enterprise: string | null;
    site: string | null;
    area: string | null;
    told: number[];
  }>({
    name: "readOpenCalls",
    text: `SELECT c.id, c.line, c.kind, c.raised_at, c.acknowledged_at, l.enterprise, l.site, l.area,
                  ARRAY(SELECT step FROM escalation WHERE call = c.id) AS told
             FROM andon_call c LEFT JOIN line l ON l.id = c.line
            WHERE c.ended_at IS NULL ORDER BY c.raised_at, c.id`,
    values: [],
  });
  return rows.map(
    ({ id, line, kind, raised_at, acknowledged_at, enterprise, site, area, told }) => ({
      id,
      line,
      kind,
      raisedAtMs: raised_at.getTime(),
      acknowledgedAtMs: acknowledged_at?.getTime() ?? null,
      endedAtMs: null,
      equipment: [line, `${enterprise}/${site}/${area}`, `${enterprise}/${site}`, `${enterprise}`],
      told,
    }),
  );
}

/** False: this step of the call was told before. */
export async function insertEscalation(
  tx: Transaction,
  { call, step, atMs, to }: { call: string; step: number; atMs: number; to: readonly string[] },
  knownAtMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO escalation (call, step, at, told_to, known_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [call, step, new Date(atMs), [...to], new Date(knownAtMs)],
  );
  return rowCount === 1;
}
