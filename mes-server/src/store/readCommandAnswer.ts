import type { Transaction } from "./statement.ts";

/** What a command was answered; `undefined` if it never came. Waits for one of the same id that is under way. */
export async function readCommandAnswer(
  tx: Transaction,
  id: string,
): Promise<{ digest: string; answer: unknown } | undefined> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [id]);
  const { rows } = await tx.query<{ digest: string; answer: unknown }>(
    "SELECT digest, answer FROM command WHERE id = $1",
    [id],
  );
  return rows[0];
}
