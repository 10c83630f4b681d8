import type { PoolClient } from "pg";
import { remainder, slotTally } from "../domain/handover/slot-tally.ts";
import type { UnitOfKpi } from "../domain/kpi/ideal-cycle.ts";
import type { KpiTally } from "../domain/kpi/tally.ts";
import type { JobInterval } from "../domain/orders/job-interval.ts";
import { readTallyWithin, type TallyAnswer } from "../kpi/readTally.ts";

interface Asked {
  equipment: string;
  fromMs: number;
  toMs: number;
}

/**
 * What each job made of a shift. The line's own tally knows one job at a time; where slots run side by side,
 * each job is told by the units of its slot.
 */
export async function readJobTallies(
  tx: PoolClient,
  of: { asked: Asked; nowMs: number; jobs: readonly JobInterval[]; units: readonly UnitOfKpi[] },
  line: TallyAnswer,
): Promise<{ job: string | null; tally: KpiTally }[]> {
  const { asked, nowMs, jobs, units } = of;
  if (jobs.every(({ slot }) => slot === 1)) {
    return line.groups.map(({ key, tally }) => ({ job: key, tally }));
  }
  const named = new Set(jobs.flatMap((job) => job.units));
  const rows: { job: string | null; tally: KpiTally }[] = [];
  for (const job of new Set(jobs.map((interval) => interval.job))) {
    const own = jobs.find((interval) => interval.job === job)?.units ?? [];
    const isOwn = ({ id }: UnitOfKpi): boolean =>
      own.length === 0 ? !named.has(id) : own.includes(id);
    const question = { ...asked, by: "equipment", filter: { job } } as const;
    const { groups } = await readTallyWithin(tx, nowMs, question);
    const tallies = new Map(groups.map(({ key, tally }) => [key ?? "", tally]));
    rows.push({ job, tally: slotTally(units.filter(isOwn), tallies) });
  }
  const left = remainder(
    line.total,
    rows.map(({ tally }) => tally),
  );
  return [...rows, { job: null, tally: left }];
}
