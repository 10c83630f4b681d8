import type { Transaction } from "./statement.ts";

/** Lines of the plant model that no birth has told of. */
export async function addLines(tx: Transaction, lines: readonly string[]): Promise<void> {
  await tx.query(
    `INSERT INTO line (id, name, enterprise, site, area) SELECT id, id, '', '', '' FROM unnest($1::text[]) id
     ON CONFLICT DO NOTHING`,
    [lines],
  );
  await tx.query("INSERT INTO line_fold (line) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [
    lines,
  ]);
}
