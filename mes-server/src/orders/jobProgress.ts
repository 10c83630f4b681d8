import type { JobProgress } from "@only-mes/protocols/console/orders";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import { outputUnits } from "../domain/lines/line-figures.ts";
import type { SlotHold } from "../domain/orders/foldJobs.ts";
import { paceOf, without, type Span } from "../domain/orders/pace.ts";
import { slotOfUnit } from "../domain/orders/slot-units.ts";
import { readTally } from "../kpi/readTally.ts";
import { readCapacitySlots, type CapacitySlotRow } from "../store/readCapacitySlots.ts";
import { readCycleStandards } from "../store/readCycleStandards.ts";
import { readDeclaredCounts } from "../store/readDeclaredCounts.ts";
import { readJobHolds } from "../store/readJobHolds.ts";
import type { JobRow } from "../store/readJobs.ts";
import { readLineUnits, type LineUnitRow } from "../store/readLineUnits.ts";
import { readPlannedDowntimes } from "../store/readPlannedDowntimes.ts";
import type { Transaction } from "../store/statement.ts";

export type JobHold = SlotHold & { toMs: number | null };

type Pieces = Pick<JobProgress, "good" | "scrap" | "rework">;

/** Planned downtime beyond this moves no estimate. */
const aheadMs = 14 * 24 * 3_600_000;

/**
 * How far a job is: what was made in the time in which it held its slot, and how that compares. Pieces come
 * from the tally that KPIs are made of, so that nobody sees two numbers; what was declared for the line as a
 * whole is of no unit, and is added.
 */
export async function jobProgress(
  { pool, clock }: { pool: Pool; clock: Pick<PlantClock, "now"> },
  job: JobRow,
): Promise<{ holds: JobHold[]; progress: JobProgress }> {
  const nowMs = clock.now();
  const holds = await readJobHolds(pool, job.id);
  const units = (await readLineUnits(pool, job.line)) ?? [];
  const slots = await readCapacitySlots(pool, job.line);
  const made: Pieces = { good: 0, scrap: 0, rework: 0 };
  const declared: Pieces = { good: 0, scrap: 0, rework: 0 };
  const ofSlots = holds.map(({ slot }) =>
    units.filter(({ id }) => slotOfUnit(id, slots) === slot).map(bare),
  );
  await addTally(made, { pool, clock }, job, holds, new Set(ofSlots.flatMap(outputIds)));
  for (const [place, hold] of holds.entries()) {
    const own = ofSlots[place] ?? [];
    await addDeclared({ made, declared }, pool, job.line, own, hold, nowMs);
  }
  return {
    holds,
    progress: await withPace(pool, job, { holds, units, slots, made, declared }, nowMs),
  };
}

function bare({ id, position, pacesLine, outputOfLine }: LineUnitRow) {
  return { id, position, pacesLine, outputOfLine };
}

function outputIds(units: readonly ReturnType<typeof bare>[]): string[] {
  return units.length === 0 ? [] : outputUnits(units).map(({ id }) => id);
}

async function addTally(
  sums: Pieces,
  from: { pool: Pool; clock: Pick<PlantClock, "now"> },
  job: JobRow,
  holds: readonly JobHold[],
  output: ReadonlySet<string>,
): Promise<void> {
  const [first] = holds;
  if (first === undefined) return;
  const toMs = Math.max(...holds.map((hold) => hold.toMs ?? Number.MAX_SAFE_INTEGER));
  const { groups } = await readTally(from, {
    equipment: job.line,
    fromMs: first.fromMs,
    toMs,
    filter: { job: job.id },
    by: "equipment",
  });
  for (const { key, tally } of groups) {
    if (key !== null && output.has(key)) sums.good += tally.goodPieces;
    sums.scrap += tally.scrapPieces;
    sums.rework += tally.reworkPieces;
  }
}

async function addDeclared(
  { made, declared }: { made: Pieces; declared: Pieces },
  db: Transaction,
  line: string,
  units: readonly ReturnType<typeof bare>[],
  hold: JobHold,
  nowMs: number,
): Promise<void> {
  const output = new Set(outputIds(units));
  const own = new Set(units.map(({ id }) => id));
  const range = { line, fromMs: hold.fromMs, toMs: hold.toMs ?? nowMs + 1 };
  for (const { equipment, role, quantity, slot } of await readDeclaredCounts(db, range)) {
    const isOfLine = equipment === line && slot === hold.slot;
    const isOfUnit = role === "good" ? output.has(equipment) : own.has(equipment);
    if (isOfLine) made[role] += quantity;
    if (isOfLine || isOfUnit) declared[role] += quantity;
  }
}

interface Made {
  holds: readonly JobHold[];
  units: readonly LineUnitRow[];
  slots: readonly CapacitySlotRow[];
  made: Pieces;
  declared: Pieces;
}

async function withPace(
  db: Transaction,
  job: JobRow,
  { holds, units, slots, made, declared }: Made,
  nowMs: number,
): Promise<JobProgress> {
  const spansOf = (phase: SlotHold["phase"]): Span[] =>
    holds
      .filter((hold) => hold.phase === phase)
      .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.max(fromMs, toMs ?? nowMs) }));
  const firstMs = holds[0]?.fromMs ?? nowMs;
  const downtimes = (
    await readPlannedDowntimes(db, {
      line: job.line,
      fromMs: firstMs,
      toMs: Math.max(firstMs, nowMs) + aheadMs,
    })
  ).filter(({ equipment }) => equipment === job.line);
  const produced = without(spansOf("production"), downtimes);
  const { good, scrap, rework } = made;
  const slot = holds.at(-1)?.slot ?? 1;
  const paced = units
    .filter(({ id }) => slotOfUnit(id, slots) === slot)
    .map((unit) => ({ ...unit, idealRatePerMinute: unit.idealRatePerMinute ?? undefined }));
  const standards = await readCycleStandards(db, {
    line: job.line,
    fromMs: firstMs,
    toMs: Math.max(firstMs, nowMs) + 1,
  });
  const { estimatedEndMs, ...pace } = paceOf({
    rated: { line: job.line, units: paced, standards },
    product: job.product,
    quantity: job.quantity,
    good,
    produced,
    targetShare: targetShare(units),
    isRunning: job.state === "Running",
    downtimes: downtimes.filter(({ toMs }) => toMs > nowMs),
    nowMs,
  });
  return {
    good,
    scrap,
    rework,
    firstPassGood: good - rework,
    declared,
    remaining: Math.max(0, job.quantity - good),
    over: Math.max(0, good - job.quantity),
    setupMs: lengthOf(spansOf("setup")),
    productionMs: lengthOf(produced),
    ...pace,
    estimatedEnd: estimatedEndMs === null ? null : new Date(estimatedEndMs).toISOString(),
  };
}

/** No line is planned to run at its ideal rate all day: the share holds for every product. */
function targetShare(units: readonly LineUnitRow[]): number {
  const pacing = units.filter(({ pacesLine }) => pacesLine);
  const ideal = pacing.reduce((sum, unit) => sum + (unit.idealRatePerMinute ?? Number.NaN), 0);
  const target = pacing.reduce(
    (sum, unit) => sum + (unit.targetRatePerMinute ?? unit.idealRatePerMinute ?? Number.NaN),
    0,
  );
  const share = target / ideal;
  return Number.isFinite(share) && share > 0 ? share : 1;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}
