import type { PlannedDowntime } from "./planned-time.ts";

/** What was said of one planned downtime: only what it names is other than before. */
export interface DowntimeFact extends Partial<
  Pick<PlannedDowntime, "kind" | "fromMs" | "toMs"> & { note: string }
> {
  command: string;
  occurredAtMs: number;
  cancelled: boolean;
}

export interface FoldedDowntime extends Pick<PlannedDowntime, "kind" | "fromMs" | "toMs"> {
  note: string;
  cancelled: boolean;
  version: number;
}

/**
 * A planned downtime as it stands: of each part of it the last word holds, by the time at which it was said,
 * whatever order the commands came in. What planned it (the command of its id) comes first, and names every
 * part; cancelled stays cancelled.
 */
export function foldDowntime(id: string, facts: readonly DowntimeFact[]): FoldedDowntime {
  const inOrder = facts.toSorted(
    (a, b) =>
      Number(b.command === id) - Number(a.command === id) ||
      a.occurredAtMs - b.occurredAtMs ||
      (a.command < b.command ? -1 : 1),
  );
  const nothing = { kind: "other" as const, fromMs: 0, toMs: 0, note: "", cancelled: false };
  const folded: FoldedDowntime = { ...nothing, version: inOrder.length };
  for (const { kind, fromMs, toMs, note, cancelled } of inOrder) {
    folded.kind = kind ?? folded.kind;
    folded.fromMs = fromMs ?? folded.fromMs;
    folded.toMs = toMs ?? folded.toMs;
    folded.note = note ?? folded.note;
    folded.cancelled ||= cancelled;
  }
  return folded;
}
