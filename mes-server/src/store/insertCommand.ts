import type { Transaction } from "./statement.ts";

export interface CommandRow {
  id: string;
  kind: string;
  actor: string;
  occurredAtMs: number;
  receivedAtMs: number;
  subject: string;
  body: unknown;
  digest: string;
  answer: unknown;
}

export async function insertCommand(tx: Transaction, row: CommandRow): Promise<void> {
  await tx.query(
    `INSERT INTO command (id, kind, actor, occurred_at, received_at, subject, body, digest, answer)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::jsonb)`,
    [
      row.id,
      row.kind,
      row.actor,
      new Date(row.occurredAtMs),
      new Date(row.receivedAtMs),
      row.subject,
      JSON.stringify(row.body),
      row.digest,
      JSON.stringify(row.answer ?? null),
    ],
  );
}
