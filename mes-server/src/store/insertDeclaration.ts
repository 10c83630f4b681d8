import type { DeclaredCount } from "../domain/orders/declared-count.ts";
import type { Transaction } from "./statement.ts";

export interface DeclarationRow extends DeclaredCount {
  /** Of the command that declared it. */
  id: string;
  line: string;
  reason: string;
  actor: string;
}

export async function insertDeclaration(tx: Transaction, row: DeclarationRow): Promise<void> {
  await tx.query(
    `INSERT INTO count_declaration (command, line, equipment, role, at, quantity, slot, reason, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      row.line,
      row.equipment,
      row.role,
      new Date(row.atMs),
      row.quantity,
      row.slot,
      row.reason,
      row.actor,
    ],
  );
}
