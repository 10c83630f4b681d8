import type { JobInterval } from "../orders/job-interval.ts";
import type { LabourInterval } from "./fold-labour.ts";

/** Time that somebody was signed on, cut where the shift or the job changes. */
export interface LabourTime {
  person: string;
  equipment: string;
  role: string;
  /** Id of the shift; null outside of every shift. */
  shift: string | null;
  /** The job that ran there; null: none. */
  job: string | null;
  ms: number;
}

interface Around {
  fromMs: number;
  toMs: number;
  shifts: readonly { id: string; startMs: number; endMs: number }[];
  jobs: readonly Pick<JobInterval, "job" | "fromMs" | "toMs">[];
}

/**
 * The time of intervals in a range, all of it and none of it twice: where several jobs run at once, each has
 * its share of it.
 */
export function labourTimes(intervals: readonly LabourInterval[], around: Around): LabourTime[] {
  return intervals.flatMap(({ person, equipment, role, fromMs, toMs }) => {
    const beginMs = Math.max(fromMs, around.fromMs);
    const endMs = Math.min(toMs ?? around.toMs, around.toMs);
    const cuts = cutsOf(around).filter((cut) => cut > beginMs && cut < endMs);
    const edges = [beginMs, ...cuts, endMs];
    return edges.slice(1).flatMap((edgeMs, index) => {
      const startMs = edges[index] ?? edgeMs;
      if (edgeMs <= startMs) return [];
      const shift = around.shifts.find((each) => each.startMs <= startMs && startMs < each.endMs);
      const jobs = around.jobs.filter(
        (each) => each.fromMs <= startMs && (each.toMs === null || startMs < each.toMs),
      );
      return shares(edgeMs - startMs, jobs).map(({ job, ms }): LabourTime => ({
        person,
        equipment,
        role,
        shift: shift?.id ?? null,
        job,
        ms,
      }));
    });
  });
}

function cutsOf({ shifts, jobs }: Around): number[] {
  const cuts = [
    ...shifts.flatMap(({ startMs, endMs }) => [startMs, endMs]),
    ...jobs.flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs])),
  ];
  return [...new Set(cuts)].sort((a, b) => a - b);
}

/** Whole milliseconds that add up to the whole. */
function shares(ms: number, jobs: Around["jobs"]): { job: string | null; ms: number }[] {
  if (jobs.length === 0) return [{ job: null, ms }];
  return jobs.map(({ job }, index) => ({
    job,
    ms: Math.floor((ms * (index + 1)) / jobs.length) - Math.floor((ms * index) / jobs.length),
  }));
}

export interface LabourSum {
  key: string | null;
  persons: number;
  /** Attendance (APAT of ISO 22400). */
  ms: number;
  /** Of it, while a job ran there: direct labour (APWT). */
  jobMs: number;
}

/** Times added up by one of their properties, in the order of its values. */
export function labourSums(
  times: readonly LabourTime[],
  keyOf: (time: LabourTime) => string | null,
): LabourSum[] {
  const groups = Map.groupBy(times, keyOf);
  return [...groups.entries()]
    .map(([key, group]) => ({
      key,
      persons: new Set(group.map(({ person }) => person)).size,
      ms: sumOf(group),
      jobMs: sumOf(group.filter(({ job }) => job !== null)),
    }))
    .sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1));
}

function sumOf(times: readonly LabourTime[]): number {
  return times.reduce((sum, { ms }) => sum + ms, 0);
}
