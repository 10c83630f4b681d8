import type { HandoverNote } from "@only-mes/protocols/console/handover";
import type { PlannedDowntime } from "../calendar/planned-time.ts";
import type { UnitOfKpi } from "../kpi/ideal-cycle.ts";
import type { KpiTally } from "../kpi/tally.ts";
import type { LabourInterval } from "../labour/fold-labour.ts";
import type { CycleStandard } from "../orders/cycle-standard.ts";
import type { DeclaredCount } from "../orders/declared-count.ts";
import type { JobInterval } from "../orders/job-interval.ts";
import type { ReasonTree } from "../stops/reason-tree.ts";
import type { Stop } from "../stops/stop.ts";

export interface AlarmOfShift {
  alarm: string;
  unit: string;
  priority: string;
  raisedAtMs: number;
  clearedAtMs: number | null;
  isAcknowledged: boolean;
}

export interface CallOfShift {
  id: string;
  kind: string;
  unit: string | null;
  note: string;
  raisedAtMs: number;
  acknowledgedAtMs: number | null;
  endedAtMs: number | null;
  state: string;
  escalations: number;
}

export interface WaitingJob {
  job: string;
  product: string;
  quantity: number;
  state: string;
}

/** All that the report of a shift follows from. Times are ms, ranges half open. */
export interface HandoverFacts {
  line: { id: string; name: string };
  timeZone: string;
  shift: {
    id: string;
    name: string;
    businessDate: string;
    crew: string | null;
    startMs: number;
    endMs: number;
  };
  /** Told up to here. */
  toMs: number;
  isOver: boolean;
  recalculating: boolean;
  tally: KpiTally;
  /** Of the line, by job; null: time without one. */
  byJob: readonly { job: string | null; tally: KpiTally }[];
  byUnit: readonly { unit: string; tally: KpiTally }[];
  units: readonly (UnitOfKpi & { name: string; targetRatePerMinute?: number | undefined })[];
  products: ReadonlyMap<string, { name: string; unit: string }>;
  jobs: readonly JobInterval[];
  jobQuantities: ReadonlyMap<string, number>;
  queue: readonly WaitingJob[];
  standards: readonly CycleStandard[];
  declared: readonly DeclaredCount[];
  /** Of the line. */
  stops: readonly Stop[];
  reasons: ReasonTree;
  /** Of the line and its units, from the beginning of the shift to the end of the next one. */
  plannedDowntimes: readonly PlannedDowntime[];
  alarms: readonly AlarmOfShift[];
  floods: readonly { fromMs: number; toMs: number | null; alarms: number }[];
  calls: readonly CallOfShift[];
  measurements: number;
  spcSignals: readonly {
    characteristic: string;
    name: string;
    rule: string;
    what: string;
    atMs: number;
  }[];
  dueSamples: readonly { characteristic: string; name: string; dueAtMs: number | null }[];
  labour: readonly LabourInterval[];
  notes: readonly HandoverNote[];
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** An end that lies beyond what is told has not come yet: `null`, as of one that lasts. */
export function endWithin(endMs: number | null, toldToMs: number): string | null {
  return endMs === null || endMs > toldToMs ? null : isoTime(endMs);
}
