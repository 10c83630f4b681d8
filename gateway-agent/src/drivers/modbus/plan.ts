import type { ModbusTable } from "@only-mes/protocols/device-map/addresses";
import { isBitTable, type ModbusPoint } from "./address.ts";

/** One request, and the points that it brings. */
export interface Block {
  readonly table: ModbusTable;
  readonly first: number;
  readonly count: number;
  readonly points: readonly ModbusPoint[];
}

/** All that is read in one period. */
export interface PeriodGroup {
  readonly periodMs: number;
  readonly blocks: readonly Block[];
}

export interface PlanLimits {
  /** Registers read for nothing to save a request. */
  readonly maxGap: number;
  readonly maxRegisters: number;
  readonly maxBits: number;
  readonly oneRequestPerTag: boolean;
}

/** The fewest requests that bring every point, none of them split, the shortest period first. */
export function planReads(points: readonly ModbusPoint[], limits: PlanLimits): PeriodGroup[] {
  const byPeriod = Map.groupBy(points, ({ periodMs }) => periodMs);
  return [...byPeriod]
    .sort(([a], [b]) => a - b)
    .map(([periodMs, ofPeriod]) => ({
      periodMs,
      blocks: [...Map.groupBy(ofPeriod, ({ table }) => table).values()].flatMap((ofTable) =>
        planTable(ofTable, limits),
      ),
    }));
}

/**
 * Points sorted by address; a block takes each that lies within its gap and cap, and what does not
 * fit waits for the next block. A long point may stand in the way of short ones behind it, which
 * still fit: so the whole rest is looked at, not only the next.
 */
function planTable(points: readonly ModbusPoint[], limits: PlanLimits): Block[] {
  if (limits.oneRequestPerTag) return points.map((point) => blockOf([point]));
  const cap = isBitTable(points[0]?.table ?? "holding") ? limits.maxBits : limits.maxRegisters;
  const blocks: Block[] = [];
  let waiting = [...points].sort((a, b) => a.span.first - b.span.first || a.span.end - b.span.end);
  while (waiting.length > 0) {
    const taken: ModbusPoint[] = [];
    const left: ModbusPoint[] = [];
    let first = 0;
    let end = 0;
    for (const point of waiting) {
      const { span } = point;
      const isFirst = taken.length === 0;
      const fits = span.end - first <= cap && span.first - end <= limits.maxGap;
      if (!isFirst && !fits) {
        left.push(point);
        continue;
      }
      if (isFirst) first = span.first;
      end = Math.max(end, span.end);
      taken.push(point);
    }
    blocks.push(blockOf(taken));
    waiting = left;
  }
  return blocks;
}

/** The block that brings exactly these points of one table. */
function blockOf(points: readonly ModbusPoint[]): Block {
  const first = Math.min(...points.map(({ span }) => span.first));
  const end = Math.max(...points.map(({ span }) => span.end));
  return { table: points[0]?.table ?? "holding", first, count: end - first, points };
}

/** Two blocks for one that the device refused; one block if it cannot be split. */
export function bisect(block: Block): Block[] {
  const { points } = block;
  if (points.length < 2) return [block];
  const middle = Math.ceil(points.length / 2);
  return [blockOf(points.slice(0, middle)), blockOf(points.slice(middle))];
}

/** Registers or bits that a block reads for nothing. */
export function wasteOf(block: Block): number {
  const used = new Set<number>();
  for (const { span } of block.points) {
    for (let at = span.first; at < span.end; at += 1) used.add(at);
  }
  return block.count - used.size;
}
