import type { HandoverNote } from "@only-mes/protocols/console/handover";
import type { Transaction } from "./statement.ts";

export interface HandoverNoteRow {
  id: string;
  line: string;
  shiftFromMs: number;
  atMs: number;
  knownAtMs: number;
  actor: string;
  topic: HandoverNote["topic"];
  text: string;
  withdraws: string | null;
}

/** Notes about a shift that hold, in order of time. */
export async function readHandoverNotes(
  db: Transaction,
  { line, shiftFromMs }: { line: string; shiftFromMs: number },
): Promise<HandoverNote[]> {
  const { rows } = await db.query<Omit<HandoverNote, "at"> & { at: Date }>(
    `SELECT id, at, actor, topic, text
       FROM handover_note n
      WHERE line = $1 AND shift_from = $2
        AND NOT EXISTS (SELECT FROM handover_note w WHERE w.withdraws = n.id)
      ORDER BY at, id`,
    [line, new Date(shiftFromMs)],
  );
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}

export async function insertHandoverNote(tx: Transaction, row: HandoverNoteRow): Promise<void> {
  await tx.query(
    `INSERT INTO handover_note (id, line, shift_from, at, known_at, actor, topic, text, withdraws)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      row.line,
      new Date(row.shiftFromMs),
      new Date(row.atMs),
      new Date(row.knownAtMs),
      row.actor,
      row.topic,
      row.text,
      row.withdraws,
    ],
  );
}

/** Whether there is such a note about a shift. */
export async function hasHandoverNote(
  db: Transaction,
  { line, shiftFromMs, id }: { line: string; shiftFromMs: number; id: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    "SELECT FROM handover_note WHERE line = $1 AND shift_from = $2 AND id = $3",
    [line, new Date(shiftFromMs), id],
  );
  return rowCount === 1;
}
