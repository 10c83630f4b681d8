import type { LabourFact } from "../domain/labour/fold-labour.ts";
import type { Transaction } from "./statement.ts";

/**
 * Facts of a range, withdrawn ones left out: of everybody who signed on or off at a line or its units in it,
 * what they did elsewhere with it; without a line, all of them.
 */
export async function readLabourFacts(
  db: Transaction,
  { line, fromMs, toMs }: { line?: string | undefined; fromMs: number; toMs: number },
): Promise<LabourFact[]> {
  const { rows } = await db.query<Omit<LabourFact, "atMs"> & { at: Date }>(
    `SELECT id, person, kind, equipment, role, at
       FROM labour_fact f
      WHERE kind <> 'withdrawn' AND at >= $2 AND at < $3
        AND NOT EXISTS (SELECT FROM labour_fact w WHERE w.kind = 'withdrawn' AND w.subject = f.id)
        AND ($1::text IS NULL OR person IN (
              SELECT person FROM labour_fact
               WHERE at >= $2 AND at < $3 AND split_part(equipment, '.', 1) = $1))
      ORDER BY at, id`,
    [line ?? null, new Date(fromMs), new Date(toMs)],
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}
