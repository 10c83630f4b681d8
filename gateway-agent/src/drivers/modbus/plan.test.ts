import { modbusDevice, type ModbusDevice } from "@only-mes/protocols/device-map/schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import { modbusPoints, type ModbusPoint } from "./address.ts";
import { bisect, planReads, wasteOf, type Block } from "./plan.ts";

type TagInput = Record<string, unknown>;

function device(tags: TagInput[], limits: Partial<ModbusDevice> = {}): ModbusDevice {
  return modbusDevice.parse({
    id: "plc",
    driver: "modbus",
    endpoint: "tcp://127.0.0.1:502",
    line: "line",
    ...limits,
    tags: tags.map((tag, index) => ({ signal: `unit/s${index}`, ...tag })),
  });
}

function plan(tags: TagInput[], limits: Partial<ModbusDevice> = {}): string[] {
  const of = device(tags, limits);
  return planReads(modbusPoints(of), of).flatMap(({ periodMs, blocks }) =>
    blocks.map(({ table, first, count }) => `${periodMs} ${table}:${first}+${count}`),
  );
}

const uint16 = (offset: number, more: TagInput = {}) => ({
  address: `holding:${offset}`,
  type: "uint16",
  ...more,
});

test("merges what lies within the gap, and no further", () => {
  expect(plan([uint16(0), uint16(51), uint16(103)])).toEqual([
    "1000 holding:0+52",
    "1000 holding:103+1",
  ]);
  expect(plan([uint16(0), uint16(1), uint16(3)], { maxGap: 0 })).toEqual([
    "1000 holding:0+2",
    "1000 holding:3+1",
  ]);
});

test("never splits a long value at the cap of 125 registers, which is odd", () => {
  const floats = Array.from({ length: 100 }, (_, at) => ({
    address: `holding:${at * 2}`,
    type: "float32",
  }));
  expect(plan(floats)).toEqual(["1000 holding:0+124", "1000 holding:124+76"]);
});

test("reads a source time in one request with its value, wherever it lies", () => {
  expect(plan([uint16(2, { sourceTime: "holding:100" })], { maxGap: 0 })).toEqual([
    "1000 holding:2+102",
  ]);
});

test("keeps tables and periods apart, the shortest period first", () => {
  const tags = [
    uint16(0),
    { address: "input:0", type: "uint16" },
    uint16(1, { periodMs: 100 }),
    { address: "coil:9", type: "bool" },
  ];
  expect(plan(tags)).toEqual([
    "100 holding:1+1",
    "1000 holding:0+1",
    "1000 input:0+1",
    "1000 coil:9+1",
  ]);
});

test("a string that stands in the way does not keep short values behind it from a block", () => {
  const tags = [
    uint16(0),
    { address: "holding:5", type: "string", length: 20 },
    uint16(9, { type: "uint16" }),
  ];
  expect(plan(tags, { maxRegisters: 10 })).toEqual(["1000 holding:0+10", "1000 holding:5+10"]);
});

const limitsOf = fc.record({
  maxGap: fc.integer({ min: 0, max: 124 }),
  maxRegisters: fc.integer({ min: 8, max: 125 }),
  maxBits: fc.integer({ min: 8, max: 2000 }),
});
const tagOf = fc.oneof(
  fc.record({
    address: fc.integer({ min: 0, max: 900 }).map((at) => `holding:${at}`),
    type: fc.constantFrom("uint16", "int32", "float64", "uint64", "float16", "bcd32", "int8"),
    periodMs: fc.constantFrom(100, 1000),
  }),
  fc.record({
    address: fc.integer({ min: 0, max: 900 }).map((at) => `input:${at}.3`),
    type: fc.constant("bool"),
  }),
  fc.record({
    address: fc.integer({ min: 0, max: 3000 }).map((at) => `coil:${at}`),
    type: fc.constant("bool"),
  }),
  fc.integer({ min: 0, max: 900 }).map((at) => ({
    address: `holding:${at}`,
    type: "uint16",
    sourceTime: `holding:${at + 2}`,
  })),
  fc.record({
    address: fc.integer({ min: 30_001, max: 30_900 }).map(String),
    type: fc.constant("string"),
    length: fc.integer({ min: 1, max: 16 }),
  }),
);

test("over random maps: every value whole in one block, no cap exceeded, never more requests than runs", () => {
  fc.assert(
    fc.property(fc.array(tagOf, { minLength: 1, maxLength: 120 }), limitsOf, (tags, limits) => {
      const of = device(tags, limits);
      const points = modbusPoints(of);
      const groups = planReads(points, of);
      const blocks = groups.flatMap((group) => group.blocks);
      const brought = blocks.flatMap((block) => block.points.map(({ tag }) => tag));
      expect(brought.sort((a, b) => a - b)).toEqual(points.map(({ tag }) => tag));
      for (const block of blocks) {
        const cap = block.table === "coil" ? limits.maxBits : limits.maxRegisters;
        expect(block.count).toBeLessThanOrEqual(cap);
        expect(wasteOf(block)).toBeLessThan(block.count);
        for (const { span } of block.points) {
          expect(span.first).toBeGreaterThanOrEqual(block.first);
          expect(span.end).toBeLessThanOrEqual(block.first + block.count);
        }
      }
      for (const { periodMs, blocks: ofPeriod } of groups) {
        const alike = points.filter((point) => point.periodMs === periodMs);
        expect(ofPeriod.length).toBeLessThanOrEqual(runsOf(alike, limits));
      }
    }),
    { seed: 1, numRuns: 400 },
  );
});

test("bisection ends at single values, and brings each of them", () => {
  fc.assert(
    fc.property(fc.array(tagOf, { minLength: 1, maxLength: 40 }), (tags) => {
      const of = device(tags);
      for (const { blocks } of planReads(modbusPoints(of), of)) {
        for (const block of blocks) {
          const leaves = leavesOf(block);
          expect(leaves.every(({ points }) => points.length === 1)).toBe(true);
          expect(leaves.flatMap(({ points }) => points)).toEqual(block.points);
        }
      }
    }),
    { seed: 1 },
  );
});

test("over small random maps: no other way to share the values out needs fewer requests", () => {
  const few = fc.array(fc.oneof(tagOf, tagOf), { minLength: 1, maxLength: 6 });
  const near = few.map((tags) =>
    tags.map((tag) => ({
      ...tag,
      // All of one table and period, close enough to meet.
      address: `holding:${Number(/\d+/.exec(tag.address)?.[0]) % 60}`,
      type: tag.type === "bool" ? "uint16" : tag.type,
      periodMs: 1000,
      sourceTime: undefined,
    })),
  );
  const limits = fc.record({
    maxGap: fc.integer({ min: 0, max: 12 }),
    maxRegisters: fc.integer({ min: 8, max: 24 }),
  });
  fc.assert(
    fc.property(near, limits, (tags, { maxGap, maxRegisters }) => {
      const of = device(tags, { maxGap, maxRegisters });
      const points = modbusPoints(of);
      const planned = planReads(points, of).flatMap(({ blocks }) => blocks).length;
      expect(planned).toBe(fewest(points, { maxGap, maxRegisters }));
    }),
    { seed: 1, numRuns: 400 },
  );
});

/** By trying every way to share the points out. */
function fewest(
  points: readonly ModbusPoint[],
  limits: { maxGap: number; maxRegisters: number },
  requests: ModbusPoint[][] = [],
): number {
  const [next, ...rest] = points;
  if (next === undefined) {
    return requests.every((request) => isOneRequest(request, limits))
      ? requests.length
      : Number.POSITIVE_INFINITY;
  }
  return Math.min(
    fewest(rest, limits, [...requests, [next]]),
    ...requests.map((_, at) =>
      fewest(
        rest,
        limits,
        requests.map((request, index) => (index === at ? [...request, next] : request)),
      ),
    ),
  );
}

function isOneRequest(
  points: readonly ModbusPoint[],
  { maxGap, maxRegisters }: { maxGap: number; maxRegisters: number },
): boolean {
  const sorted = points.map(({ span }) => span).sort((a, b) => a.first - b.first);
  const first = sorted[0]?.first ?? 0;
  let end = first;
  for (const span of sorted) {
    if (span.first - end > maxGap) return false;
    end = Math.max(end, span.end);
  }
  return end - first <= maxRegisters;
}

test("nothing is merged for a device that wants one request a field", () => {
  expect(plan([uint16(0), uint16(1), uint16(2)], { oneRequestPerTag: true })).toEqual([
    "1000 holding:0+1",
    "1000 holding:1+1",
    "1000 holding:2+1",
  ]);
});

test("a map that counts from 1 reads the same registers", () => {
  expect(plan([uint16(1), { address: "40002", type: "uint16" }], { addressBase: 1 })).toEqual([
    "1000 holding:0+2",
  ]);
});

function leavesOf(block: Block): Block[] {
  const parts = bisect(block);
  return parts.length === 1 ? parts : parts.flatMap((part) => leavesOf(part));
}

/** Requests of a reader that merges only what touches: a run, cut wherever the cap forces it to. */
function runsOf(points: readonly ModbusPoint[], limits: Record<string, number>): number {
  let runs = 0;
  for (const [table, ofTable] of Map.groupBy(points, (point) => point.table)) {
    const cap = (table === "coil" ? limits["maxBits"] : limits["maxRegisters"]) ?? 0;
    const sorted = [...ofTable].sort(
      (a, b) => a.span.first - b.span.first || a.span.end - b.span.end,
    );
    let first = 0;
    let end = -1;
    for (const { span } of sorted) {
      if (end >= 0 && span.first <= end && span.end - first <= cap) end = Math.max(end, span.end);
      else {
        runs += 1;
        ({ first, end } = span);
      }
    }
  }
  return runs;
}
