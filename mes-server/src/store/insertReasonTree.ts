import type { ReasonTreeVersion } from "../domain/stops/reason-tree.ts";
import type { Transaction } from "./statement.ts";

/** Those who put trees take turns. */
export async function lockReasonTree(tx: Transaction): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('reason tree', 0))");
}

export async function insertReasonTree(
  tx: Transaction,
  { version, fromMs, ...tree }: ReasonTreeVersion,
  by: { commandId: string; actor: string; note: string },
): Promise<void> {
  await tx.query(
    `INSERT INTO reason_tree (version, from_ts, command, actor, note, tree)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb)`,
    [version, new Date(fromMs), by.commandId, by.actor, by.note, JSON.stringify(tree)],
  );
}
