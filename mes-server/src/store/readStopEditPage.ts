import { keptStopEdit, type KeptStopEdit, type StopEditRow } from "./readStopEdits.ts";
import type { Transaction } from "./statement.ts";

/** Edits of lines and units as they were made, the newest first, from before `after` on. */
export async function readStopEditPage(
  db: Transaction,
  of: {
    /** A line stands for its units too; absent: all. */
    equipment: string | undefined;
    fromMs: number;
    toMs: number;
    after: { knownAtMs: number; id: string } | undefined;
    limit: number;
  },
): Promise<KeptStopEdit[]> {
  const { rows } = await db.query<StopEditRow>(
    `SELECT * FROM stop_edit
      WHERE known_at >= $1 AND known_at < $2
        AND ($3::text IS NULL OR equipment = $3 OR split_part(equipment, '.', 1) = $3)
        AND ($4::timestamptz IS NULL OR (known_at, id) < ($4, $5))
      ORDER BY known_at DESC, id DESC
      LIMIT $6`,
    [
      new Date(of.fromMs),
      new Date(of.toMs),
      of.equipment ?? null,
      of.after === undefined ? null : new Date(of.after.knownAtMs),
      of.after?.id ?? null,
      of.limit,
    ],
  );
  return rows.map(keptStopEdit);
}
