import type { Transaction } from "./statement.ts";

/** Another host has folded one of these lines meanwhile: what this lane knows of it is old. */
export class LineFoldStale extends Error {
  constructor(lines: readonly string[]) {
    super(`a line of ${lines.join(", ")} has been folded by another host`);
    this.name = "LineFoldStale";
  }
}

/**
 * Raises the revision of lines that this transaction folds, from the one that the lane knows.
 *
 * @throws {LineFoldStale} if a stored one is another.
 */
export async function advanceLineFolds(
  tx: Transaction,
  known: ReadonlyMap<string, number>,
): Promise<void> {
  if (known.size === 0) return;
  const lines = [...known.keys()].sort();
  const { rowCount } = await tx.query({
    name: "advanceLineFolds",
    text: `UPDATE line_fold f SET revision = f.revision + 1
             FROM (SELECT f.line FROM line_fold f
                     JOIN unnest($1::text[], $2::bigint[]) AS k(line, revision) USING (line)
                    WHERE f.revision = k.revision ORDER BY f.line FOR UPDATE OF f) AS same
            WHERE f.line = same.line`,
    values: [lines, lines.map((line) => known.get(line) ?? 0)],
  });
  if (rowCount !== lines.length) throw new LineFoldStale(lines);
}
