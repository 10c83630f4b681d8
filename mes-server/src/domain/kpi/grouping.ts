import type { KpiWindow } from "./deriveWindows.ts";
import { hourFloor } from "./segments.ts";
import { addTallies, emptyTally, type KpiTally } from "./tally.ts";

/** What windows can be told apart by. `day` is the business date of their shift. */
export const groupings = ["hour", "shift", "day", "job", "order", "product", "equipment"] as const;

export type Grouping = (typeof groupings)[number];

export interface TallyFilter {
  shift?: string | undefined;
  crew?: string | undefined;
  job?: string | undefined;
  order?: string | undefined;
  product?: string | undefined;
}

/** Pooled windows that have the same key; null: those that have none, such as time without a job. */
export interface TallyGroup {
  key: string | null;
  /** Of the first window of it, and of the last one. */
  fromMs: number;
  toMs: number;
  tally: KpiTally;
}

/** Keys of hours are instants in ISO 8601. */
function groupKeyOf(window: KpiWindow, by: Grouping | undefined): string | null {
  switch (by) {
    case undefined:
      return null;
    case "hour":
      return new Date(hourFloor(window.fromMs)).toISOString();
    case "day":
      return window.businessDate ?? null;
    case "shift":
    case "job":
    case "order":
    case "product":
    case "equipment":
      return window[by] ?? null;
  }
}

export function passes(window: KpiWindow, filter: TallyFilter): boolean {
  const names = ["shift", "crew", "job", "order", "product"] as const;
  return names.every((name) => filter[name] === undefined || filter[name] === window[name]);
}

export function groupOf(window: KpiWindow, by: Grouping | undefined): TallyGroup {
  const { fromMs, toMs, tally } = window;
  return { key: groupKeyOf(window, by), fromMs, toMs, tally };
}

/** Groups of the same key become one; in order of their beginning, those without a key last. */
export function pooledGroups(groups: readonly TallyGroup[]): TallyGroup[] {
  return [...Map.groupBy(groups, ({ key }) => key)]
    .map(([key, same]) => ({
      key,
      fromMs: Math.min(...same.map(({ fromMs }) => fromMs)),
      toMs: Math.max(...same.map(({ toMs }) => toMs)),
      tally: addTallies(same.map(({ tally }) => tally)),
    }))
    .sort(
      (a, b) =>
        Number(a.key === null) - Number(b.key === null) ||
        a.fromMs - b.fromMs ||
        ((a.key ?? "") < (b.key ?? "") ? -1 : 1),
    );
}

/** All of them together. */
export function pooledTally(groups: readonly TallyGroup[]): KpiTally {
  return groups.length === 0 ? emptyTally() : addTallies(groups.map(({ tally }) => tally));
}
