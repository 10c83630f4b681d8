import type { Transaction } from "./statement.ts";

export interface LabourFactRow {
  id: string;
  person: string;
  kind: "on" | "off" | "withdrawn";
  equipment: string | null;
  role: string | null;
  subject: string | null;
  atMs: number;
  knownAtMs: number;
  actor: string;
}

export async function insertLabourFact(tx: Transaction, row: LabourFactRow): Promise<void> {
  await tx.query(
    `INSERT INTO labour_fact (id, person, kind, equipment, role, subject, at, known_at, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.id,
      row.person,
      row.kind,
      row.equipment,
      row.role,
      row.subject,
      new Date(row.atMs),
      new Date(row.knownAtMs),
      row.actor,
    ],
  );
}
