import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { StateSpan } from "../lines/line-states.ts";
import { productionOfState } from "../stops/standstills.ts";
import type { LossClass, Stop } from "../stops/stop.ts";
import { piecesOf } from "./kpis.ts";
import { piecesBetween, type Segment, type TimeRange } from "./segments.ts";
import { emptyTally, type KpiTally } from "./tally.ts";

/** The tally of one equipment in one segment, and what it is asked for by. */
export interface KpiWindow extends TimeRange {
  equipment: string;
  shift: string | undefined;
  businessDate: string | undefined;
  crew: string | undefined;
  job: string | undefined;
  order: string | undefined;
  product: string | undefined;
  tally: KpiTally;
}

/** What was so with an equipment. Each list is in order of time. */
export interface EquipmentHistory {
  equipment: string;
  /** They do not overlap. */
  states: readonly StateSpan[];
  /** Where stops overlap, the earlier one has the time: never both. */
  stops: readonly Stop[];
  plannedDowntimes: readonly TimeRange[];
}

export interface Pieces {
  goodPieces: number;
  scrapPieces: number;
  reworkPieces: number;
}

/**
 * Windows of one equipment, one for each segment. Every millisecond of a segment is of exactly one
 * element of time (domain/kpi/tally), so that windows of any cut add up to the same tally.
 */
export function deriveWindows(
  history: EquipmentHistory,
  segments: readonly Segment[],
  piecesOfSegment: (index: number) => Pieces,
): KpiWindow[] {
  return segments.map((segment, index) => ({
    equipment: history.equipment,
    fromMs: segment.fromMs,
    toMs: segment.toMs,
    shift: segment.shift?.id,
    businessDate: segment.shift?.businessDate,
    crew: segment.shift?.crew ?? undefined,
    job: segment.job?.job,
    order: segment.job?.order,
    product: segment.job?.product,
    tally: tallyOf(history, segment, piecesOfSegment(index)),
  }));
}

function tallyOf(history: EquipmentHistory, segment: Segment, pieces: Pieces): KpiTally {
  const tally = emptyTally();
  addPieces(tally, segment, pieces);
  const states = touching(history.states, segment);
  const stops = touching(history.stops, segment);
  const planned = touching(history.plannedDowntimes, segment);
  const bounds = [...states, ...stops, ...planned].flatMap(({ fromMs, toMs }) =>
    toMs === null ? [fromMs] : [fromMs, toMs],
  );
  for (const piece of piecesBetween(segment, bounds)) {
    const state = states.find((each) => covers(each, piece.fromMs))?.state;
    const stop = stops.find((each) => covers(each, piece.fromMs));
    const isPlanned = planned.some((each) => covers(each, piece.fromMs));
    addTime(tally, segment, {
      ...piece,
      production: state === undefined ? "unobserved" : productionOfState[state],
      isPlannedDown: isPlanned || stop?.lossClass === "planned",
      stop,
    });
  }
  return tally;
}

interface TimePiece extends TimeRange {
  production: (typeof productionOfState)[MachineState];
  /** By the calendar, by the machine's mode, or by the reason that the stop was given. */
  isPlannedDown: boolean;
  stop: Stop | undefined;
}

/** Producing is value-adding whenever it happens; only then does the plan decide. */
function addTime(tally: KpiTally, segment: Segment, piece: TimePiece): void {
  const lengthMs = piece.toMs - piece.fromMs;
  if (piece.production === "produces") {
    tally.aptMs += lengthMs;
    if (segment.idealCycleUs !== undefined) tally.standardAptMs += lengthMs;
    if (segment.shift === undefined || piece.isPlannedDown) tally.producedOutsidePlanMs += lengthMs;
    return;
  }
  if (segment.shift === undefined) tally.unscheduledMs += lengthMs;
  else if (piece.isPlannedDown) tally.plannedDowntimeMs += lengthMs;
  else {
    const isSetup = segment.job?.phase === "setup";
    if (isSetup) tally.asutMs += lengthMs;
    else if (segment.job === undefined) tally.adotMs += lengthMs;
    else tally.adetMs += lengthMs;
    if (piece.production === "unobserved") tally.unobservedMs += lengthMs;
    addLoss(tally, piece, lossClassOf(piece, isSetup));
  }
}

function addLoss(tally: KpiTally, { fromMs, toMs, stop }: TimePiece, lossClass: LossClass): void {
  const lengthMs = toMs - fromMs;
  tally.lossMs[lossClass] += lengthMs;
  if (stop === undefined || stop.state === "Unknown") return;
  const begins = stop.fromMs === fromMs ? 1 : 0;
  if (stop.isMicrostop) {
    tally.microstops += begins;
    tally.microstopMs += lengthMs;
  } else {
    tally.stops += begins;
    tally.stopMs += lengthMs;
  }
  if (stop.lossClass === "breakdown") {
    tally.failures += begins;
    tally.failureMs += lengthMs;
  }
}

/** What somebody knows of a stop goes before what follows from the job's phase. */
function lossClassOf({ stop, production }: TimePiece, isSetup: boolean): LossClass {
  if (stop !== undefined && stop.lossClass !== "unassigned") return stop.lossClass;
  if (isSetup) return "setup";
  return production === "unobserved" ? "unobserved" : "unassigned";
}

function addPieces(tally: KpiTally, { idealCycleUs }: Segment, pieces: Pieces): void {
  Object.assign(tally, pieces);
  const all = piecesOf(pieces);
  if (idealCycleUs === undefined) tally.piecesWithoutStandard = all;
  else tally.idealUs = all * idealCycleUs;
}

interface Span {
  fromMs: number;
  toMs: number | null;
}

function touching<S extends Span>(spans: readonly S[], range: TimeRange): S[] {
  return spans.filter(
    ({ fromMs, toMs }) => fromMs < range.toMs && (toMs === null || toMs > range.fromMs),
  );
}

function covers({ fromMs, toMs }: Span, atMs: number): boolean {
  return fromMs <= atMs && (toMs === null || atMs < toMs);
}
