import type { Standstill } from "./standstills.ts";
import { editsInForce, type StopEdit } from "./stop-edit.ts";

/** Half open; `Infinity`: until further notice. */
interface Range {
  fromMs: number;
  toMs: number;
}

/** What people have said, as marks on the axis of time. */
export interface EditMarks {
  /** In order. */
  cutsMs: number[];
  /** In order, not overlapping. */
  reasons: (Range & { reason: string })[];
  joins: Range[];
}

/** A part of a standstill between cuts, with the reason that a person gave for it. */
export interface Piece extends Range {
  standstill: Standstill;
  reason: string | undefined;
}

/** [ST3] to [ST8]: edits of one equipment, in whatever order they came. */
export function foldEdits(
  edits: readonly StopEdit[],
  standstills: readonly Standstill[],
): EditMarks {
  const marks: EditMarks = { cutsMs: [], reasons: [], joins: [] };
  for (const edit of editsInForce(edits)) {
    const range = { fromMs: edit.fromMs, toMs: edit.toMs ?? openEnd(edit, standstills) };
    switch (edit.kind) {
      case "reason":
        if (edit.reason !== undefined) paint(marks, range, edit.reason);
        break;
      case "split":
        split(marks, edit.fromMs, standstills);
        break;
      case "merge":
        merge(marks, range, edit.reason, standstills);
        break;
      case "undo":
        break;
    }
  }
  return marks;
}

/** [ST4]: the end of the standstill that lasted when it was said, or else that very time. */
function openEnd({ fromMs, occurredAtMs }: StopEdit, standstills: readonly Standstill[]): number {
  const saidMs = Math.max(fromMs, occurredAtMs);
  const lasting = standstills.find(
    (still) => still.fromMs <= saidMs && saidMs < (still.toMs ?? Infinity),
  );
  return lasting === undefined ? saidMs : (lasting.toMs ?? Infinity);
}

function paint(marks: EditMarks, range: Range, reason: string): void {
  if (range.toMs <= range.fromMs) return;
  const others = marks.reasons.flatMap((old) => [
    { ...old, toMs: Math.min(old.toMs, range.fromMs) },
    { ...old, fromMs: Math.max(old.fromMs, range.toMs) },
  ]);
  marks.reasons = [
    ...others.filter(({ fromMs, toMs }) => fromMs < toMs),
    { ...range, reason },
  ].sort((a, b) => a.fromMs - b.fromMs);
}

/** [ST6]: both parts keep the reason that the whole had. */
function split(marks: EditMarks, atMs: number, standstills: readonly Standstill[]): void {
  const still = standstills.find((one) => one.fromMs < atMs && atMs < (one.toMs ?? Infinity));
  const whole = still && piecesOf(still, marks).find((one) => one.fromMs < atMs && atMs < one.toMs);
  if (whole?.reason !== undefined) paint(marks, whole, whole.reason);
  if (!marks.cutsMs.includes(atMs)) {
    marks.cutsMs = [...marks.cutsMs, atMs].sort((a, b) => a - b);
  }
  marks.joins = marks.joins.flatMap((join) =>
    join.fromMs < atMs && atMs < join.toMs
      ? [
          { ...join, toMs: atMs },
          { ...join, fromMs: atMs },
        ]
      : [join],
  );
}

/** [ST7]: the whole has the reason that is given for it, or else that of the first part which has one. */
function merge(
  marks: EditMarks,
  range: Range,
  reason: string | undefined,
  standstills: readonly Standstill[],
): void {
  const parts = standstills
    .flatMap((still) => piecesOf(still, marks))
    .filter((piece) => piece.fromMs < range.toMs && range.fromMs < piece.toMs);
  const whole = {
    fromMs: Math.min(range.fromMs, ...parts.map(({ fromMs }) => fromMs)),
    toMs: Math.max(range.toMs, ...parts.map(({ toMs }) => toMs)),
  };
  marks.cutsMs = marks.cutsMs.filter((atMs) => atMs <= whole.fromMs || atMs >= whole.toMs);
  marks.joins = [...marks.joins, whole];
  const kept = reason ?? parts.find((part) => part.reason !== undefined)?.reason;
  if (kept !== undefined) paint(marks, whole, kept);
}

/**
 * A standstill cut where people cut it and where the reasons that they gave change. Time between two
 * reasons, or outside of them, goes with the one before it, else with the one after it.
 */
export function piecesOf(standstill: Standstill, { cutsMs, reasons }: EditMarks): Piece[] {
  const { fromMs } = standstill;
  const toMs = standstill.toMs ?? Infinity;
  const cuts = cutsMs.filter((atMs) => fromMs < atMs && atMs < toMs);
  return [fromMs, ...cuts].flatMap((beginMs, index): Piece[] => {
    const endMs = cuts[index] ?? toMs;
    const given = reasons.filter((range) => range.fromMs < endMs && beginMs < range.toMs);
    const changes = given.filter((range, place) => range.reason !== given[place - 1]?.reason);
    if (changes.length === 0) {
      return [{ standstill, fromMs: beginMs, toMs: endMs, reason: undefined }];
    }
    return changes.map(({ fromMs: changeMs, reason }, place) => ({
      standstill,
      fromMs: place === 0 ? beginMs : changeMs,
      toMs: changes[place + 1]?.fromMs ?? endMs,
      reason,
    }));
  });
}
