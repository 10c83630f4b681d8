import type { PiecesTruth } from "@only-mes/simulators/feed/plant-history";
import type { Span } from "../compare.ts";

/**
 * What the KPIs of a time must come to, reckoned from the truth in the plainest way: the range is cut
 * wherever anything changes, and each piece of it is put where it belongs. It shares no code with the server.
 */
export interface Range {
  fromMs: number;
  toMs: number;
}

/** A job as people ran it. */
export interface RunJob {
  id: string;
  /** It held the line from here on; until `productionMs` the machine was set up. */
  fromMs: number;
  productionMs: number;
  toMs: number;
}

export interface Expected {
  aptMs: number;
  asutMs: number;
  adetMs: number;
  adotMs: number;
  plannedDowntimeMs: number;
  unscheduledMs: number;
  good: number;
  scrap: number;
}

export interface Facts {
  spans: readonly Span[];
  shifts: readonly Range[];
  planned: readonly Range[];
  jobs: readonly RunJob[];
  good: readonly PiecesTruth[];
  scrap: readonly PiecesTruth[];
}

export function expectedOf(range: Range, facts: Facts): Expected {
  const { spans, shifts, planned, jobs } = facts;
  const edges = [
    range.fromMs,
    range.toMs,
    ...spans.flatMap((span) => [span.fromMs, span.toMs ?? range.toMs]),
    ...[...shifts, ...planned].flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
    ...jobs.flatMap(({ fromMs, productionMs, toMs }) => [fromMs, productionMs, toMs]),
  ].filter((edge) => edge >= range.fromMs && edge <= range.toMs);
  const cuts = [...new Set(edges)].sort((a, b) => a - b);
  const expected: Expected = {
    aptMs: 0,
    asutMs: 0,
    adetMs: 0,
    adotMs: 0,
    plannedDowntimeMs: 0,
    unscheduledMs: 0,
    good: sum(facts.good, range, "good"),
    scrap: sum(facts.scrap, range, "scrap"),
  };
  cuts.slice(1).forEach((toMs, index) => {
    const fromMs = cuts[index] ?? toMs;
    const holds = ({ fromMs: from, toMs: to }: Range): boolean => from <= fromMs && fromMs < to;
    const state = spans.find((span) => span.fromMs <= fromMs && fromMs < (span.toMs ?? Infinity));
    const job = jobs.find(holds);
    const add = (element: Exclude<keyof Expected, "good" | "scrap">): void => {
      expected[element] += toMs - fromMs;
    };
    if (state?.state === "Execute") add("aptMs");
    else if (!shifts.some(holds)) add("unscheduledMs");
    else if (planned.some(holds)) add("plannedDowntimeMs");
    else if (job === undefined) add("adotMs");
    else if (fromMs < job.productionMs) add("asutMs");
    else add("adetMs");
  });
  return expected;
}

function sum(pieces: readonly PiecesTruth[], range: Range, kind: "good" | "scrap"): number {
  let total = 0;
  for (const each of pieces) {
    if (each.atMs >= range.fromMs && each.atMs < range.toMs) total += each[kind];
  }
  return total;
}
