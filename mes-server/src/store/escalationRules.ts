import type { EscalationRule } from "@only-mes/protocols/console/andon";
import type { Transaction } from "./statement.ts";

/** Rules that are in force, by id. */
export async function readEscalationRules(db: Transaction): Promise<EscalationRule[]> {
  const { rows } = await db.query<EscalationRule>(
    "SELECT id, equipment, kind, steps, version FROM escalation_rule WHERE NOT is_retired ORDER BY id",
  );
  return rows;
}

/** The rule as it was put, or retired; `undefined`: its id, if it is to be retired, is not known. */
export async function saveEscalationRule(
  tx: Transaction,
  { id, equipment, kind, steps }: Omit<EscalationRule, "version">,
): Promise<EscalationRule> {
  const { rows } = await tx.query<EscalationRule>(
    `INSERT INTO escalation_rule (id, equipment, kind, steps, version)
     VALUES ($1, $2, $3, $4, 1)
     ON CONFLICT (id) DO UPDATE
       SET equipment = excluded.equipment, kind = excluded.kind, steps = excluded.steps,
           version = escalation_rule.version + 1, is_retired = false
     RETURNING id, equipment, kind, steps, version`,
    [id, equipment, kind, JSON.stringify(steps)],
  );
  const [rule] = rows;
  if (rule === undefined) throw new Error("the rule was not written");
  return rule;
}

export async function retireEscalationRule(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    "UPDATE escalation_rule SET is_retired = true, version = version + 1 WHERE id = $1",
    [id],
  );
}
