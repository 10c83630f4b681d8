import type { Reason, ReasonTreeVersion } from "./reason-tree.ts";

type TreeBody = Pick<ReasonTreeVersion, "reasons" | "stopCodes">;

/** Everything that is wrong with a tree, in words; empty if nothing is. */
export function reasonTreeProblems({ reasons, stopCodes }: TreeBody): string[] {
  const byCode = new Map(reasons.map((reason) => [reason.code, reason]));
  const problems: string[] = [];
  for (const code of twice(reasons.map(({ code }) => code))) {
    problems.push(`reason "${code}" is there twice`);
  }
  for (const { code, parent } of reasons) {
    if (parent !== null && !byCode.has(parent)) {
      problems.push(`the parent "${parent}" of reason "${code}" is not in the tree`);
    }
    if (isOwnAncestor(code, byCode)) problems.push(`reason "${code}" lies under itself`);
  }
  for (const { code, reason } of stopCodes) {
    if (code === 0) problems.push("stop code 0 is no code, and can stand for no reason");
    if (!byCode.has(reason)) problems.push(`reason "${reason}" of stop code ${code} is not there`);
  }
  const places = stopCodes.map(({ code, equipment }) => `${code} of ${equipment ?? "everything"}`);
  for (const place of twice(places)) problems.push(`stop code ${place} is there twice`);
  return problems;
}

function twice(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(values.filter((value) => seen.size === seen.add(value).size))];
}

function isOwnAncestor(code: string, byCode: ReadonlyMap<string, Reason>): boolean {
  const seen = new Set<string>();
  for (let above = byCode.get(code)?.parent; above !== null && above !== undefined;) {
    if (above === code) return true;
    if (seen.has(above)) return false;
    seen.add(above);
    above = byCode.get(above)?.parent;
  }
  return false;
}

/** What changes from one tree to another, a line each. */
export function reasonTreeDiff(before: TreeBody, after: TreeBody): string[] {
  const reasonsOf = ({ reasons }: TreeBody) =>
    new Map(reasons.map((reason) => [`reason ${reason.code}`, reason]));
  const codesOf = ({ stopCodes }: TreeBody) =>
    new Map(
      stopCodes.map((rule) => [
        `stop code ${rule.code} of ${rule.equipment ?? "everything"}`,
        rule,
      ]),
    );
  return [
    ...differences(reasonsOf(before), reasonsOf(after)),
    ...differences(codesOf(before), codesOf(after)),
  ];
}

function differences(
  before: ReadonlyMap<string, object>,
  after: ReadonlyMap<string, object>,
): string[] {
  const lines: string[] = [];
  for (const [key, now] of after) {
    const then = before.get(key);
    if (then === undefined) {
      lines.push(`+ ${key}`);
      continue;
    }
    const was = new Map(Object.entries(then));
    for (const [field, value] of Object.entries(now)) {
      const [from, to] = [JSON.stringify(was.get(field)), JSON.stringify(value)];
      if (from !== to) lines.push(`~ ${key}: ${field} ${from} -> ${to}`);
    }
  }
  for (const key of before.keys()) if (!after.has(key)) lines.push(`- ${key}`);
  return lines;
}
