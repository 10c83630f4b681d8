import { defaultLineRule, type LineRule } from "../domain/lines/line-rule.ts";
import type { Transaction } from "./statement.ts";

/** The rules of a line that hold in a window, whole, in order; what nobody has ruled is the default. */
export async function readLineRules(
  db: Transaction,
  line: string,
  fromMs: number,
  toMs: number,
): Promise<LineRule[]> {
  const { rows } = await db.query<{
    from_ts: Date;
    version: number;
    rule: Omit<LineRule, "fromMs" | "toMs" | "version">;
  }>({
    name: "readLineRules",
    text: "SELECT from_ts, version, rule FROM line_rule WHERE line = $1 ORDER BY from_ts",
    values: [line],
  });
  const rules: LineRule[] = [{ ...defaultLineRule, fromMs: 0, toMs: null }];
  for (const { from_ts, version, rule } of rows) {
    const beginMs = from_ts.getTime();
    const before = rules.at(-1);
    if (before !== undefined) before.toMs = beginMs;
    rules.push({ ...rule, version, fromMs: beginMs, toMs: null });
  }
  return rules.filter((rule) => rule.fromMs < toMs && (rule.toMs === null || rule.toMs > fromMs));
}
