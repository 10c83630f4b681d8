import type { SignalRole } from "@only-mes/protocols/plant/signal";
import type { BrowsedVariable } from "../drivers/opcua/describe-variables.ts";

/** A tag that a map could have for a variable of a server. */
export interface ProposedTag {
  readonly signal: string;
  /** What its type suggests; which number is a count or a state, a person must say. */
  readonly role: SignalRole;
  readonly address: string;
}

/** Names after the browse path: the unit is the folder, unless one is given; each name once. */
export function proposeTags(
  variables: readonly BrowsedVariable[],
  unit: string | undefined,
): ProposedTag[] {
  const taken = new Set<string>();
  return variables
    .filter(({ type }) => type !== undefined)
    .map(({ path, nodeId, type }) => {
      const names = path.map(slugOf);
      const of = unit ?? names.at(-2) ?? "unit";
      const signal = free(taken, of, names);
      taken.add(signal);
      const role = type === "bool" ? "status" : type === "string" ? "text" : "analog";
      return { signal, role, address: nodeId };
    });
}

/** Where two variables have the same name, the folders they are in tell them apart; else a number. */
function free(taken: ReadonlySet<string>, unit: string, names: readonly string[]): string {
  for (let depth = 1; depth <= names.length; depth += 1) {
    const signal = `${unit}/${names.slice(-depth).join("-")}`;
    if (!taken.has(signal)) return signal;
  }
  let number = 2;
  while (taken.has(`${unit}/${names.at(-1)}-${number}`)) number += 1;
  return `${unit}/${names.at(-1)}-${number}`;
}

/** `GoodCount` and `Good Count` are `good-count`. */
function slugOf(name: string): string {
  const words = name
    .normalize("NFKD")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-");
  const trimmed = words.replace(/^[-_]+/, "").replace(/[-_]+$/, "");
  return trimmed === "" ? "value" : trimmed.slice(0, 60);
}
