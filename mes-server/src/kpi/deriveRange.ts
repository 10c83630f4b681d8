import type { PoolClient } from "pg";
import type { KpiWindow } from "../domain/kpi/deriveWindows.ts";
import type { UnitOfKpi } from "../domain/kpi/ideal-cycle.ts";
import {
  cutsOf,
  segmentsOfLine,
  windowsOfLine,
  type CountedPieces,
  type LineFacts,
} from "../domain/kpi/line-windows.ts";
import type { Segment, TimeRange } from "../domain/kpi/segments.ts";
import { readCountedPieces } from "../store/readCountedPieces.ts";
import { readLineFacts } from "./readLineFacts.ts";

export interface RangeOfLine {
  line: string;
  units: readonly UnitOfKpi[];
  range: TimeRange;
}

export interface RangeFacts {
  facts: LineFacts;
  segments: ReadonlyMap<string, readonly Segment[]>;
  counted: readonly CountedPieces[];
}

/** What the windows of any range of a line follow from; to be read in one snapshot. */
export async function readRangeFacts(tx: PoolClient, of: RangeOfLine): Promise<RangeFacts> {
  const facts = await readLineFacts(tx, of);
  const segments = segmentsOfLine(facts);
  const counted = await readCountedPieces(tx, {
    units: of.units.map(({ id }) => id),
    cutsMs: cutsOf(segments),
    toMs: of.range.toMs,
  });
  return { facts, segments, counted };
}

/** Windows of a line and its units in any range, from the facts as they are now. */
export async function deriveRange(tx: PoolClient, of: RangeOfLine): Promise<KpiWindow[]> {
  const { facts, segments, counted } = await readRangeFacts(tx, of);
  return windowsOfLine(facts, segments, counted);
}
