import type { DeclarationRow } from "./insertDeclaration.ts";
import type { Transaction } from "./statement.ts";

export interface DeclarationPage {
  after: { atMs: number; id: string } | undefined;
  line: string | undefined;
  equipment: string | undefined;
  fromMs: number;
  toMs: number;
  limit: number;
}

/** What was declared by hand in a range that ends before `toMs`, in order of time. */
export async function readDeclarations(
  db: Transaction,
  page: DeclarationPage,
): Promise<DeclarationRow[]> {
  const { rows } = await db.query<
    Omit<DeclarationRow, "atMs" | "quantity"> & { at: Date; quantity: string }
  >(
    `SELECT command AS id, line, equipment, role, at, quantity, slot, reason, actor
       FROM count_declaration
      WHERE at >= $1 AND at < $2
        AND ($3::timestamptz IS NULL OR (at, command) > ($3, $4))
        AND ($5::text IS NULL OR line = $5)
        AND ($6::text IS NULL OR equipment = $6)
      ORDER BY at, command LIMIT $7`,
    [
      new Date(page.fromMs),
      new Date(page.toMs),
      page.after === undefined ? null : new Date(page.after.atMs),
      page.after?.id ?? null,
      page.line ?? null,
      page.equipment ?? null,
      page.limit,
    ],
  );
  return rows.map(({ at, quantity, ...row }) => ({
    ...row,
    atMs: at.getTime(),
    quantity: Number(quantity),
  }));
}
