/**
 * Cumulative counters: what a new reading of a PLC's total says about pieces made since the last one.
 * Pure; the rules are in SPEC.md beside it.
 */
export interface CounterRule {
  /** Width at which the counter rolls over. */
  bits: 16 | 32 | 64;
  /** Without it, a step may be as large as half the range. */
  maxRatePerSecond?: number;
  /** How often it is read: a count may lie up to one period before the reading that shows it. */
  periodMs: number;
}

export interface Reading {
  /** 0 to 2^bits − 1; a bigint only where a number would round it. */
  value: number | bigint;
  atMs: number;
}

export interface CounterState {
  /** The last reading that was believed: steps count from it. */
  accepted: Reading;
  /** The last implausible reading since then; the next one may prove it right. */
  candidate?: Reading;
}

export type CountKind = "step" | "rollover" | "reset" | "quarantined";

export interface CounterAdvance {
  next: CounterState;
  /** Absent: nothing was counted, as with the first reading and with an unchanged one. */
  event?: { kind: CountKind; delta: number };
}

/** A step this much faster than the rated one is still believed: clocks and polls jitter. */
const rateSlack = 2;

/** [CF1] to [CF7]; readings come in fold order. */
export function advanceCounter(
  state: CounterState | undefined,
  rule: CounterRule,
  reading: Reading,
): CounterAdvance {
  if (state === undefined) return { next: { accepted: reading } };
  const believed = judge(state.accepted, rule, reading);
  if (believed !== undefined) return advanced(reading, believed);
  if (state.candidate !== undefined) {
    const confirmed = judge(state.candidate, rule, reading);
    if (confirmed !== undefined && confirmed.kind !== "reset") return advanced(reading, confirmed);
  }
  return {
    next: { accepted: state.accepted, candidate: reading },
    event: { kind: "quarantined", delta: 0 },
  };
}

function advanced(reading: Reading, event: Judgement): CounterAdvance {
  const next = { accepted: reading };
  return event.kind === "step" && event.delta === 0 ? { next } : { next, event };
}

interface Judgement {
  kind: "step" | "rollover" | "reset";
  delta: number;
}

/** `undefined` if the reading cannot follow from `from`. */
function judge(from: Reading, rule: CounterRule, reading: Reading): Judgement | undefined {
  const halfRange = 2 ** (rule.bits - 1);
  const allowed = allowedSteps(from, rule, reading, halfRange);
  if (reading.value >= from.value) {
    const delta = difference(reading.value, from.value);
    return delta <= allowed ? { kind: "step", delta } : undefined;
  }
  const throughZero = wrapped(from.value, reading.value, rule.bits);
  if (throughZero <= Math.min(allowed, halfRange)) return { kind: "rollover", delta: throughZero };
  const sinceZero = Number(reading.value);
  return sinceZero <= nearZero(from, rule, allowed)
    ? { kind: "reset", delta: sinceZero }
    : undefined;
}

function allowedSteps(
  from: Reading,
  { maxRatePerSecond, periodMs }: CounterRule,
  reading: Reading,
  halfRange: number,
): number {
  if (maxRatePerSecond === undefined) return halfRange;
  const spanMs = Math.max(0, reading.atMs - from.atMs) + periodMs;
  return Math.max(1, (maxRatePerSecond * spanMs * rateSlack) / 1000);
}

/** What a counter can show at most when it was set to zero since `from`. */
function nearZero(from: Reading, { maxRatePerSecond }: CounterRule, allowed: number): number {
  return maxRatePerSecond === undefined ? Number(from.value) / 10 : allowed;
}

function difference(newer: number | bigint, older: number | bigint): number {
  if (typeof newer === "number" && typeof older === "number") return newer - older;
  return Number(BigInt(newer) - BigInt(older));
}

function wrapped(older: number | bigint, newer: number | bigint, bits: number): number {
  if (bits < 64 && typeof newer === "number" && typeof older === "number") {
    return newer - older + 2 ** bits;
  }
  return Number(BigInt(newer) - BigInt(older) + (1n << BigInt(bits)));
}

/**
 * The reading of a counter as an unsigned total, from what a PLC showed: signed registers count on
 * below zero when their sign bit is reached. `undefined` if it is no whole number of that width.
 */
export function counterReading(
  value: number | bigint,
  bits: CounterRule["bits"],
): number | bigint | undefined {
  if (typeof value === "bigint") {
    const range = 1n << BigInt(bits);
    if (value >= range || value < -(range / 2n)) return undefined;
    return narrowed(value < 0n ? value + range : value);
  }
  if (!Number.isSafeInteger(value)) return undefined;
  const range = 2 ** bits;
  if (value >= range || value < -(range / 2)) return undefined;
  if (value >= 0) return value;
  return bits === 64 ? narrowed(BigInt(value) + (1n << 64n)) : value + range;
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
