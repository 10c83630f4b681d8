import type { MachineState } from "@only-mes/protocols/plant/machine-state";

/**
 * The simulators' ground truth beside what the server derived. Counts must be equal; every change
 * of state that could be observed must be there, once, to within the tolerance. While a PLC or its
 * gateway was out of reach nobody can know its states: such windows must be `Unknown` in the
 * result, and each must be explained by a fault that was injected.
 */
export interface Span {
  state: MachineState;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
}

export interface UnitTruth {
  good: number;
  scrap: number;
  states: Span[];
}

/** Real reasons for blindness: a fault, from its beginning until all was well again. */
export interface Blindness {
  kind: string;
  fromMs: number;
  toMs: number;
}

export interface UnitComparison {
  differences: string[];
  stateChanges: number;
  stateTimeErrorMsMax: number;
  unobservedMs: number;
}

export interface ComparisonInput {
  unit: string;
  truth: UnitTruth;
  result: UnitTruth;
  fromMs: number;
  toMs: number;
  toleranceMs: number;
  blindness: readonly Blindness[];
}

export function compareUnit(input: ComparisonInput): UnitComparison {
  const { unit, truth, result } = input;
  const differences: string[] = [];
  for (const role of ["good", "scrap"] as const) {
    if (truth[role] === result[role]) continue;
    differences.push(`${unit}: ${role} is ${result[role]}, the truth is ${truth[role]}`);
  }
  const wanted = clip(truth.states, input);
  const got = clip(result.states, input);
  differences.push(...holes(unit, got, input));
  const states = compareStates(input, wanted, got);
  return { ...states, differences: [...differences, ...states.differences] };
}

interface ClosedSpan extends Span {
  toMs: number;
}

function clip(spans: readonly Span[], { fromMs, toMs }: ComparisonInput): ClosedSpan[] {
  return spans
    .map((span) => ({
      state: span.state,
      fromMs: Math.max(span.fromMs, fromMs),
      toMs: Math.min(span.toMs ?? toMs, toMs),
    }))
    .filter((span) => span.toMs > span.fromMs);
}

/** Intervals of the result must join without hole or overlap over the whole range. */
function holes(unit: string, spans: readonly ClosedSpan[], input: ComparisonInput): string[] {
  const edges = [input.fromMs, ...spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]), input.toMs];
  return edges.flatMap((edge, index) => {
    const next = edges[index + 1];
    if (index % 2 === 1 || next === undefined || edge === next) return [];
    return [`${unit}: intervals leave a hole or overlap from ${iso(edge)} to ${iso(next)}`];
  });
}

function compareStates(
  input: ComparisonInput,
  truth: readonly ClosedSpan[],
  result: readonly ClosedSpan[],
): UnitComparison {
  const unknown = result.filter(({ state }) => state === "Unknown");
  const differences = unknown
    .filter((span) => !input.blindness.some((blind) => covers(blind, span)))
    .map(
      (span) => `${input.unit}: Unknown ${iso(span.fromMs)} to ${iso(span.toMs)} without a fault`,
    );
  let stateChanges = 0;
  let stateTimeErrorMsMax = 0;
  for (const [fromMs, toMs] of knownWindows(input, unknown)) {
    const window = matchChanges(input, within(truth, fromMs, toMs), within(result, fromMs, toMs));
    differences.push(...window.differences);
    stateChanges += window.matched;
    stateTimeErrorMsMax = Math.max(stateTimeErrorMsMax, window.errorMsMax);
  }
  const unobservedMs = unknown.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return { differences, stateChanges, stateTimeErrorMsMax, unobservedMs };
}

function covers(blind: Blindness, span: ClosedSpan): boolean {
  return blind.fromMs <= span.fromMs && span.toMs <= blind.toMs;
}

function knownWindows(
  { fromMs, toMs }: ComparisonInput,
  unknown: readonly ClosedSpan[],
): [number, number][] {
  const edges = [fromMs, ...unknown.flatMap((span) => [span.fromMs, span.toMs]), toMs];
  return edges.flatMap((edge, index): [number, number][] => {
    const next = edges[index + 1];
    return index % 2 === 0 && next !== undefined && next > edge ? [[edge, next]] : [];
  });
}

function within(spans: readonly ClosedSpan[], fromMs: number, toMs: number): ClosedSpan[] {
  return spans
    .filter((span) => span.toMs > fromMs && span.fromMs < toMs)
    .map((span) => ({
      state: span.state,
      fromMs: Math.max(span.fromMs, fromMs),
      toMs: Math.min(span.toMs, toMs),
    }));
}

/**
 * Walks both lists of one window together. At its edges a change of the truth may fall within the
 * tolerance outside of what was observed: a first or last span no longer than that may be missing.
 */
function matchChanges(
  { unit, toleranceMs }: ComparisonInput,
  truth: readonly ClosedSpan[],
  result: readonly ClosedSpan[],
): { differences: string[]; matched: number; errorMsMax: number } {
  const wanted = trimEdges(truth, result, toleranceMs);
  const differences: string[] = [];
  let errorMsMax = 0;
  for (let index = 0; index < Math.max(wanted.length, result.length); index++) {
    const want = wanted[index];
    const got = result[index];
    if (want?.state !== got?.state || want === undefined || got === undefined) {
      differences.push(`${unit}: ${describe(got)}, the truth is ${describe(want)}`);
      break;
    }
    if (index === 0) continue;
    const errorMs = Math.abs(want.fromMs - got.fromMs);
    errorMsMax = Math.max(errorMsMax, errorMs);
    if (errorMs > toleranceMs) {
      differences.push(
        `${unit}: ${describe(got)} is ${errorMs} ms off the truth, ${describe(want)}`,
      );
    }
  }
  return { differences, matched: result.length, errorMsMax };
}

function trimEdges(
  truth: readonly ClosedSpan[],
  result: readonly ClosedSpan[],
  toleranceMs: number,
): readonly ClosedSpan[] {
  const short = (span: ClosedSpan | undefined): boolean =>
    span !== undefined && span.toMs - span.fromMs <= toleranceMs;
  const first = short(truth[0]) && truth[0]?.state !== result[0]?.state ? 1 : 0;
  const last = short(truth.at(-1)) && truth.at(-1)?.state !== result.at(-1)?.state ? -1 : undefined;
  return truth.slice(first, last);
}

function describe(span: ClosedSpan | undefined): string {
  return span === undefined ? "nothing" : `${span.state} from ${iso(span.fromMs)}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
