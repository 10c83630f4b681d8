import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { StateSpan } from "../lines/line-states.ts";
import type { CodeSpan } from "./device-codes.ts";
import { explanationsFrom, type Explanation } from "./explanations.ts";
import { foldEdits, piecesOf, type EditMarks, type Piece } from "./foldEdits.ts";
import { reasonAt, reasonOfCode, type ReasonTree } from "./reason-tree.ts";
import { standstills, type Standstill } from "./standstills.ts";
import type { Stop, StopCause, TimeRange } from "./stop.ts";
import type { StopEdit } from "./stop-edit.ts";

export interface StopInputs {
  /** A line or a unit. */
  equipment: string;
  /** In order of time, whole ones, from where the first stop began to where the last one ended. */
  spans: readonly StateSpan[];
  /** Standing still for less than this is a microstop: what held at its begin, in order of time. */
  thresholds: readonly { fromMs: number; thresholdMs: number }[];
  /** Of a unit, in order of time; 0 is no code. */
  stopCodes: readonly CodeSpan[];
  /** In any order. */
  edits: readonly StopEdit[];
  reasons: ReasonTree;
  /** Times in a mode that is not for production (maintenance, manual), in order of time. */
  outsideProduction?: readonly TimeRange[];
  /** What else is known of times: stops of a line's machines, waiting for neighbours; in order of time. */
  explanations?: readonly Explanation[];
}

/** A code that comes within this time after a stop's begin is its code. */
const stopCodeWaitMs = 60_000;

const defaultThresholdMs = 5 * 60_000;

/**
 * The stops of one equipment in order of time; they never overlap, and their parts together are all the
 * time in which it did not produce. Pure; rules in SPEC.md. What happened before a stop or more than
 * an hour (the longest threshold) after its begin changes nothing of it but its end and its edits.
 */
export function deriveStops(inputs: StopInputs): Stop[] {
  const found = standstills(inputs.spans);
  const marks = foldEdits(
    inputs.edits.filter(({ equipment }) => equipment === inputs.equipment),
    found,
  );
  const pieces = found.flatMap((still) => piecesOf(still, marks));
  return joined(pieces, marks).flatMap((group) => stopsOf(group, inputs));
}

/** [ST7]: pieces that lie in one join, in order of time. */
function joined(pieces: readonly Piece[], { joins }: EditMarks): Piece[][] {
  const groups: Piece[][] = [];
  let joinedToMs = -Infinity;
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last !== undefined && piece.fromMs < joinedToMs) last.push(piece);
    else groups.push([piece]);
    for (const join of joins) {
      const touches = join.fromMs < piece.toMs && piece.fromMs < join.toMs;
      if (touches) joinedToMs = Math.max(joinedToMs, join.toMs);
    }
  }
  return groups;
}

function stopsOf(group: readonly Piece[], inputs: StopInputs): Stop[] {
  const [first] = group;
  if (first === undefined) return [];
  const isMicrostop = isShort(group, inputs);
  const given = longestReason(group);
  if (given !== undefined) {
    const lossClass = reasonAt(inputs.reasons, given, first.fromMs)?.lossClass ?? "unassigned";
    return [stopOf(group, inputs, isMicrostop, { reason: given, reasonFrom: "person", lossClass })];
  }
  const coded = codedCause(group, inputs);
  if (coded !== undefined) return [stopOf(group, inputs, isMicrostop, coded)];
  const unexplained = causeWithout(group, isMicrostop);
  const known = partsByMode(first, inputs.outsideProduction ?? []).flatMap((part) =>
    part.isOutside
      ? [{ fromMs: part.fromMs, cause: outsideCause }]
      : explanationsFrom(part, inputs.explanations ?? []),
  );
  const [begin] = known;
  if (group.length > 1 || known.length === 1) {
    return [stopOf(group, inputs, isMicrostop, begin?.cause ?? unexplained)];
  }
  return known.map(({ fromMs, cause }, index) => {
    const part = { ...first, fromMs, toMs: known[index + 1]?.fromMs ?? first.toMs };
    return stopOf([part], inputs, isMicrostop, cause ?? unexplained);
  });
}

const outsideCause: StopCause = {
  reason: undefined,
  reasonFrom: undefined,
  lossClass: "planned",
};

/** [ST11] */
function partsByMode(
  { fromMs, toMs }: Piece,
  outside: readonly TimeRange[],
): (Pick<Piece, "fromMs" | "toMs"> & { isOutside: boolean })[] {
  const parts: (Pick<Piece, "fromMs" | "toMs"> & { isOutside: boolean })[] = [];
  let atMs = fromMs;
  for (const range of outside) {
    const beginMs = Math.max(range.fromMs, atMs);
    const endMs = Math.min(range.toMs ?? Infinity, toMs);
    if (beginMs >= endMs) continue;
    if (atMs < beginMs) parts.push({ fromMs: atMs, toMs: beginMs, isOutside: false });
    parts.push({ fromMs: beginMs, toMs: endMs, isOutside: true });
    atMs = endMs;
  }
  if (atMs < toMs) parts.push({ fromMs: atMs, toMs, isOutside: false });
  return parts;
}

/** [ST9]: judged by the whole standstills, so that cutting one makes no microstops. */
function isShort(group: readonly Piece[], { thresholds }: StopInputs): boolean {
  const stills = [...new Set(group.map(({ standstill }) => standstill))];
  if (!stills.some(({ isObserved }) => isObserved)) return false;
  const beginMs = stills[0]?.fromMs ?? 0;
  const { thresholdMs } = thresholds.findLast(({ fromMs }) => fromMs <= beginMs) ??
    thresholds[0] ?? { thresholdMs: defaultThresholdMs };
  const stoodMs = stills.reduce((sum, { fromMs, toMs }) => sum + (toMs ?? Infinity) - fromMs, 0);
  return stoodMs < thresholdMs;
}

/** [ST5]: of several that people gave, the one that was given for the most of its time. */
function longestReason(group: readonly Piece[]): string | undefined {
  const lengths = new Map<string, number>();
  for (const { reason, fromMs, toMs } of group) {
    if (reason !== undefined) lengths.set(reason, (lengths.get(reason) ?? 0) + toMs - fromMs);
  }
  let longest: string | undefined;
  for (const [reason, lengthMs] of lengths) {
    if (longest === undefined || lengthMs > (lengths.get(longest) ?? 0)) longest = reason;
  }
  return longest;
}

/** [ST10] */
function codedCause(group: readonly Piece[], inputs: StopInputs): StopCause | undefined {
  const { equipment, stopCodes, reasons } = inputs;
  for (const { fromMs, toMs, standstill } of group) {
    if (!standstill.isObserved) continue;
    const code = codeOf(stopCodes, fromMs, Math.min(toMs, fromMs + stopCodeWaitMs));
    if (code === undefined) continue;
    const line = equipment.includes(".") ? lineOfUnit(equipment) : equipment;
    const reason = reasonOfCode(reasons, { unit: equipment, line, code, atMs: fromMs });
    if (reason === undefined) return undefined;
    const lossClass = reasonAt(reasons, reason, fromMs)?.lossClass ?? "unassigned";
    return { reason, reasonFrom: "stopCode", lossClass };
  }
  return undefined;
}

function codeOf(codes: readonly CodeSpan[], fromMs: number, untilMs: number): number | undefined {
  const held = codes.findLast(({ atMs }) => atMs <= fromMs);
  if (held?.code) return held.code;
  const next = codes.find(({ atMs, code }) => fromMs < atMs && atMs < untilMs && code);
  return next?.code ?? undefined;
}

function causeWithout(group: readonly Piece[], isMicrostop: boolean): StopCause {
  const isObserved = group.some(({ standstill }) => standstill.isObserved);
  const lossClass = !isObserved ? "unobserved" : isMicrostop ? "minorStop" : "unassigned";
  return { reason: undefined, reasonFrom: undefined, lossClass };
}

function stopOf(
  group: readonly Piece[],
  { equipment, spans }: StopInputs,
  isMicrostop: boolean,
  cause: StopCause,
): Stop {
  const parts: TimeRange[] = [];
  for (const piece of group) {
    const last = parts.at(-1);
    const toMs = piece.toMs === Infinity ? null : piece.toMs;
    if (last !== undefined && last.toMs === piece.fromMs) last.toMs = toMs;
    else parts.push({ fromMs: piece.fromMs, toMs });
  }
  const fromMs = parts[0]?.fromMs ?? 0;
  return {
    id: `${equipment}@${fromMs}`,
    equipment,
    fromMs,
    toMs: parts.at(-1)?.toMs ?? null,
    state: stateAt(spans, fromMs, group[0]?.standstill),
    isMicrostop,
    parts,
    reason: cause.reason,
    reasonFrom: cause.reasonFrom,
    lossClass: cause.lossClass,
  };
}

function stateAt(
  spans: readonly StateSpan[],
  atMs: number,
  standstill: Standstill | undefined,
): Stop["state"] {
  if (standstill?.fromMs === atMs) return standstill.state;
  const span = spans.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < (toMs ?? Infinity));
  return span?.state ?? standstill?.state ?? "Unknown";
}
