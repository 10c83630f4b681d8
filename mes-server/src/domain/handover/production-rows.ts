import type { HandoverReport } from "@only-mes/protocols/console/handover";
import { idealCycleUsOf } from "../kpi/ideal-cycle.ts";
import { piecesOf, timesOf } from "../kpi/kpis.ts";
import type { KpiTally } from "../kpi/tally.ts";
import type { HandoverFacts } from "./handover-facts.ts";

const microsecondsOfMs = 1_000;

/** What was made for which job, against what the planned rate would have given in its time. */
export function productionRows(facts: HandoverFacts): HandoverReport["production"] {
  const share = plannedShare(facts);
  const jobs = facts.byJob
    .filter(({ job, tally }) => job !== null || piecesOf(tally) !== 0)
    .map(({ job, tally }) => {
      const holds = facts.jobs.filter((interval) => interval.job === job);
      const [hold] = holds;
      const product = hold === undefined ? undefined : facts.products.get(hold.product);
      const target = job === null ? null : targetOf(facts, hold?.product, tally, share);
      return {
        job,
        order: hold?.order ?? null,
        product: hold?.product ?? null,
        productName: product?.name ?? hold?.product ?? "without a job",
        unit: product?.unit ?? "pieces",
        good: tally.goodPieces,
        scrap: tally.scrapPieces,
        rework: tally.reworkPieces,
        target,
        difference: target === null ? null : tally.goodPieces - target,
        running: holds.some(({ toMs }) => toMs === null || toMs > facts.toMs),
        orderQuantity: (job === null ? undefined : facts.jobQuantities.get(job)) ?? null,
      };
    });
  const targets = jobs.map(({ target }) => target).filter((target) => target !== null);
  const target = targets.length === 0 ? null : targets.reduce((sum, each) => sum + each, 0);
  const { goodPieces: good, scrapPieces: scrap, reworkPieces: rework } = facts.tally;
  const difference = target === null ? null : good - target;
  return { jobs, total: { good, scrap, rework, target, difference } };
}

/** No line is planned to run at its ideal rate all day. */
function plannedShare({ units }: HandoverFacts): number {
  const pacing = units.filter(({ pacesLine }) => pacesLine);
  const ideal = pacing.reduce((sum, unit) => sum + (unit.idealRatePerMinute ?? Number.NaN), 0);
  const planned = pacing.reduce(
    (sum, unit) => sum + (unit.targetRatePerMinute ?? unit.idealRatePerMinute ?? Number.NaN),
    0,
  );
  const share = planned / ideal;
  return Number.isFinite(share) && share > 0 ? share : 1;
}

/** Setting up makes nothing: it is not part of the time that counts. */
function targetOf(
  { line, units, standards, shift }: HandoverFacts,
  product: string | undefined,
  tally: KpiTally,
  share: number,
): number | null {
  const pieces = piecesOf(tally) - tally.piecesWithoutStandard;
  const at = { product, atMs: shift.startMs };
  const cycleUs =
    pieces > 0 && tally.idealUs > 0
      ? tally.idealUs / pieces
      : idealCycleUsOf({ line: line.id, units }, standards, at);
  if (cycleUs === undefined) return null;
  const producingMs = timesOf(tally).pbtMs - tally.asutMs;
  return Math.floor((producingMs * microsecondsOfMs * share) / cycleUs + 1e-6);
}
