import type { PlannedDowntime } from "../calendar/planned-time.ts";
import { outputUnits } from "../lines/line-figures.ts";
import type { StateSpan } from "../lines/line-states.ts";
import type { CycleStandard } from "../orders/cycle-standard.ts";
import type { DeclaredCount } from "../orders/declared-count.ts";
import type { JobInterval } from "../orders/job-interval.ts";
import type { Stop } from "../stops/stop.ts";
import { deriveWindows, type KpiWindow, type Pieces } from "./deriveWindows.ts";
import { idealCycleUsOf, type UnitOfKpi } from "./ideal-cycle.ts";
import { jobsOf, segmentsOf, type Segment, type ShiftOfKpi, type TimeRange } from "./segments.ts";

/** All that the windows of a line and its units follow from, in a range; only pieces come apart. */
export interface LineFacts {
  line: string;
  units: readonly UnitOfKpi[];
  range: TimeRange;
  shifts: readonly ShiftOfKpi[];
  plannedDowntimes: readonly PlannedDowntime[];
  jobs: readonly JobInterval[];
  standards: readonly CycleStandard[];
  declared: readonly DeclaredCount[];
  /** Of the line and of each unit. */
  states: ReadonlyMap<string, readonly StateSpan[]>;
  stops: ReadonlyMap<string, readonly Stop[]>;
}

/** Pieces that machines have counted between two neighbours of the cuts (cutsOf). */
export interface CountedPieces {
  unit: string;
  /** Of the cut that they come after. */
  cut: number;
  role: "good" | "scrap" | "rework";
  pieces: number;
}

/** Segments of the line and of each unit: a unit has its slot's jobs and its own cycles. */
export function segmentsOfLine(facts: LineFacts): Map<string, Segment[]> {
  const { line, units, range, shifts, standards } = facts;
  const cycleChangesMs = standards.flatMap(({ fromMs, toMs }) =>
    toMs === null ? [fromMs] : [fromMs, toMs],
  );
  const cut = (unit: UnitOfKpi | undefined): Segment[] =>
    segmentsOf(range, {
      shifts,
      jobs: jobsOf(unit?.id ?? line, unit === undefined, facts.jobs),
      cycleChangesMs,
      idealCycleUs: (product, atMs) =>
        idealCycleUsOf({ line, units, unit }, standards, { product, atMs }),
    });
  return new Map([[line, cut(undefined)], ...units.map((unit) => [unit.id, cut(unit)] as const)]);
}

/** Every instant at which any of the segments begins, in order: pieces are summed between them. */
export function cutsOf(segments: ReadonlyMap<string, readonly Segment[]>): number[] {
  const cuts = new Set([...segments.values()].flat().map(({ fromMs }) => fromMs));
  return [...cuts].sort((a, b) => a - b);
}

/**
 * Windows of a line and its units. The line's good pieces are those of its output units, its scrap and
 * rework those of all its units; what was declared by hand for the line itself is the line's alone.
 */
export function windowsOfLine(
  facts: LineFacts,
  segments: ReadonlyMap<string, readonly Segment[]>,
  counted: readonly CountedPieces[],
): KpiWindow[] {
  const cuts = cutsOf(segments);
  const pieces = [
    ...counted.map(({ cut, ...rest }) => ({ ...rest, atMs: cuts[cut] ?? facts.range.fromMs })),
    ...facts.declared.map(({ equipment, role, atMs, quantity }) => ({
      unit: equipment,
      role,
      atMs,
      pieces: quantity,
    })),
  ];
  const outputs = new Set(outputUnits(facts.units).map(({ id }) => id));
  return [facts.line, ...facts.units.map(({ id }) => id)].flatMap((equipment) => {
    const own = pieces.filter(({ unit, role }) =>
      equipment === facts.line
        ? unit === facts.line || role !== "good" || outputs.has(unit)
        : unit === equipment,
    );
    const ofSegment = segments.get(equipment) ?? [];
    const sums = piecesBySegment(own, ofSegment);
    return deriveWindows(
      {
        equipment,
        states: facts.states.get(equipment) ?? [],
        stops: facts.stops.get(equipment) ?? [],
        plannedDowntimes: facts.plannedDowntimes.filter(
          (planned) => planned.equipment === facts.line || planned.equipment === equipment,
        ),
      },
      ofSegment,
      (index) => sums[index] ?? none(),
    );
  });
}

function piecesBySegment(
  pieces: readonly { role: CountedPieces["role"]; atMs: number; pieces: number }[],
  segments: readonly Segment[],
): Pieces[] {
  const sums = segments.map(none);
  for (const { role, atMs, pieces: number } of pieces) {
    const index = segments.findIndex(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    const sum = sums[index];
    if (sum !== undefined) sum[`${role}Pieces`] += number;
  }
  return sums;
}

function none(): Pieces {
  return { goodPieces: 0, scrapPieces: 0, reworkPieces: 0 };
}
