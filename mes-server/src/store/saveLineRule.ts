import type { LineRule } from "../domain/lines/line-rule.ts";
import type { Transaction } from "./statement.ts";

/** Of several rules for one instant, the one that was said last holds, in whatever order they came. */
export async function saveLineRule(
  tx: Transaction,
  line: string,
  rule: Omit<LineRule, "toMs" | "version">,
  by: { occurredAtMs: number; commandId: string },
): Promise<void> {
  const { fromMs, ...body } = rule;
  await tx.query(
    `INSERT INTO line_rule (line, from_ts, rule, occurred_at, command)
     VALUES ($1, $2, $3::jsonb, $4, $5)
     ON CONFLICT (line, from_ts) DO UPDATE
       SET rule = excluded.rule, occurred_at = excluded.occurred_at, command = excluded.command,
           version = line_rule.version + 1
     WHERE (line_rule.occurred_at, line_rule.command) < (excluded.occurred_at, excluded.command)`,
    [line, new Date(fromMs), JSON.stringify(body), new Date(by.occurredAtMs), by.commandId],
  );
}
