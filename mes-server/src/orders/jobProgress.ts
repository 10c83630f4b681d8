import type { JobProgress } from "@only-mes/protocols/console/orders";
import { outputUnits } from "../domain/lines/line-figures.ts";
import type { SlotHold } from "../domain/orders/foldJobs.ts";
import { paceOf, without, type Span } from "../domain/orders/pace.ts";
import { slotOfUnit } from "../domain/orders/slot-units.ts";
import { readCapacitySlots, type CapacitySlotRow } from "../store/readCapacitySlots.ts";
import { readCycleStandards } from "../store/readCycleStandards.ts";
import { readDeclaredCounts } from "../store/readDeclaredCounts.ts";
import { readJobHolds } from "../store/readJobHolds.ts";
import type { JobRow } from "../store/readJobs.ts";
import { readLineUnits, type LineUnitRow } from "../store/readLineUnits.ts";
import { readPiecesIn } from "../store/readPiecesIn.ts";
import { readPlannedDowntimes } from "../store/readPlannedDowntimes.ts";
import type { Transaction } from "../store/statement.ts";

export type JobHold = SlotHold & { toMs: number | null };

type Pieces = Pick<JobProgress, "good" | "scrap" | "rework">;

/** A statement reads no more than this of the counts, so that it never keeps the database for long. */
const sliceMs = 24 * 3_600_000;
/** Planned downtime beyond this moves no estimate. */
const aheadMs = 14 * 24 * 3_600_000;

/** How far a job is: what was made in the time in which it held its slot, and how that compares. */
export async function jobProgress(
  db: Transaction,
  job: JobRow,
  nowMs: number,
): Promise<{ holds: JobHold[]; progress: JobProgress }> {
  const holds = await readJobHolds(db, job.id);
  const units = (await readLineUnits(db, job.line)) ?? [];
  const slots = await readCapacitySlots(db, job.line);
  const counted: Pieces = { good: 0, scrap: 0, rework: 0 };
  const declared: Pieces = { good: 0, scrap: 0, rework: 0 };
  for (const hold of holds) {
    const own = units.filter(({ id }) => slotOfUnit(id, slots) === hold.slot);
    await addCounted(counted, db, own, hold, nowMs);
    await addDeclared(declared, db, job.line, own, hold, nowMs);
  }
  return {
    holds,
    progress: await withPace(db, job, { holds, units, slots, counted, declared }, nowMs),
  };
}

async function addCounted(
  sums: Pieces,
  db: Transaction,
  units: readonly LineUnitRow[],
  hold: JobHold,
  nowMs: number,
): Promise<void> {
  const output = new Set(
    units.length === 0 ? [] : outputUnits(units.map(bare)).map(({ id }) => id),
  );
  const endMs = hold.toMs ?? nowMs + 1;
  for (let fromMs = hold.fromMs; fromMs < endMs; fromMs += sliceMs) {
    const spans = [{ fromMs, toMs: Math.min(endMs, fromMs + sliceMs) }];
    for (const row of await readPiecesIn(db, { units: units.map(({ id }) => id), spans })) {
      if (row.role === "scrapCount") sums.scrap += row.pieces;
      else if (row.role === "reworkCount") sums.rework += row.pieces;
      else if (output.has(row.unit)) sums.good += row.pieces;
    }
  }
}

function bare({ id, position, pacesLine, outputOfLine }: LineUnitRow) {
  return { id, position, pacesLine, outputOfLine };
}

async function addDeclared(
  sums: Pieces,
  db: Transaction,
  line: string,
  units: readonly LineUnitRow[],
  hold: JobHold,
  nowMs: number,
): Promise<void> {
  const output = new Set(
    units.length === 0 ? [] : outputUnits(units.map(bare)).map(({ id }) => id),
  );
  const own = new Set(units.map(({ id }) => id));
  const range = { line, fromMs: hold.fromMs, toMs: hold.toMs ?? nowMs + 1 };
  for (const { equipment, role, quantity, slot } of await readDeclaredCounts(db, range)) {
    const isOfLine = equipment === line && slot === hold.slot;
    const isOfUnit = role === "good" ? output.has(equipment) : own.has(equipment);
    if (isOfLine || isOfUnit) sums[role] += quantity;
  }
}

interface Made {
  holds: readonly JobHold[];
  units: readonly LineUnitRow[];
  slots: readonly CapacitySlotRow[];
  counted: Pieces;
  declared: Pieces;
}

async function withPace(
  db: Transaction,
  job: JobRow,
  { holds, units, slots, counted, declared }: Made,
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
  const good = counted.good + declared.good;
  const rework = counted.rework + declared.rework;
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
    scrap: counted.scrap + declared.scrap,
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
