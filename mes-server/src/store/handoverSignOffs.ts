import type { HandoverReport } from "@only-mes/protocols/console/handover";
import type { Transaction } from "./statement.ts";

export interface HandoverSignOff {
  id: string;
  side: "leaving" | "takingOver";
  actor: string;
  atMs: number;
  report: HandoverReport;
  hash: string;
}

/** Who has signed for a shift, with the report as each of them signed it; first whoever left. */
export async function readHandoverSignOffs(
  db: Transaction,
  { line, shiftFromMs }: { line: string; shiftFromMs: number },
): Promise<HandoverSignOff[]> {
  const { rows } = await db.query<Omit<HandoverSignOff, "atMs"> & { at: Date }>(
    `SELECT id, side, actor, at, report, hash
       FROM handover_sign_off
      WHERE line = $1 AND shift_from = $2
      ORDER BY side`,
    [line, new Date(shiftFromMs)],
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}

export async function insertHandoverSignOff(
  tx: Transaction,
  of: { line: string; shiftFromMs: number; knownAtMs: number },
  { id, side, actor, atMs, report, hash }: HandoverSignOff,
): Promise<void> {
  await tx.query(
    `INSERT INTO handover_sign_off (id, line, shift_from, side, actor, at, known_at, report, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)`,
    [
      id,
      of.line,
      new Date(of.shiftFromMs),
      side,
      actor,
      new Date(atMs),
      new Date(of.knownAtMs),
      JSON.stringify(report),
      hash,
    ],
  );
}
