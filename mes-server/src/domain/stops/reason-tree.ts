import type { LossClass } from "./stop.ts";

export interface Reason {
  code: string;
  name: string;
  /** Code of the reason above; null for one at the top. */
  parent: string | null;
  lossClass: LossClass;
  /** Not to be given any more; what it was given to keeps it. */
  isRetired: boolean;
  /** Ids of areas, lines or units for which it may be given; empty: everywhere. */
  equipment: readonly string[];
}

/** A device's stop code and what it means. */
interface StopCodeRule {
  code: number;
  reason: string;
  /** A line or a unit; null: wherever nothing more exact is said. */
  equipment: string | null;
}

export interface ReasonTreeVersion {
  version: number;
  /** Stops that begin from here on are classed by it, until the next version. */
  fromMs: number;
  reasons: readonly Reason[];
  stopCodes: readonly StopCodeRule[];
}

/** All versions, in order of their beginning. */
export interface ReasonTree {
  versions: readonly ReasonTreeVersion[];
}

/** The tree by which stops that begin at an instant are classed; the first one for what is older. */
export function versionAt({ versions }: ReasonTree, atMs: number): ReasonTreeVersion | undefined {
  return versions.findLast(({ fromMs }) => fromMs <= atMs) ?? versions[0];
}

/** Of the versions there are; the one that is asked for what may be given now. */
export function newestVersion({ versions }: ReasonTree): ReasonTreeVersion | undefined {
  return versions.reduce<ReasonTreeVersion | undefined>(
    (newest, one) => (newest === undefined || one.version > newest.version ? one : newest),
    undefined,
  );
}

/** As it was at that time, else as the first later version, else as the last earlier one knows it. */
export function reasonAt(tree: ReasonTree, code: string, atMs: number): Reason | undefined {
  const known = (version: ReasonTreeVersion | undefined): Reason | undefined =>
    version?.reasons.find((reason) => reason.code === code);
  const then = known(versionAt(tree, atMs));
  if (then !== undefined) return then;
  const later = tree.versions.find((version) => version.fromMs > atMs && known(version));
  return known(later ?? tree.versions.findLast((version) => known(version)));
}

/** What a stop code of a unit means at an instant: said of the unit, else of its line, else of all. */
export function reasonOfCode(
  tree: ReasonTree,
  { unit, line, code, atMs }: { unit: string; line: string; code: number; atMs: number },
): string | undefined {
  const rules = versionAt(tree, atMs)?.stopCodes.filter((rule) => rule.code === code) ?? [];
  for (const equipment of [unit, line, null]) {
    const rule = rules.find((one) => one.equipment === equipment);
    if (rule !== undefined) return rule.reason;
  }
  return undefined;
}
