import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";

/** Bodies of `/api/v1/kpis`, `/period-locks` and `/recalculation`. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");
const ms = z.int().describe("Milliseconds.");
const ratio = z.number().optional();

export const kpiFigures = z
  .object({
    availability: ratio.describe("APT / PBT"),
    effectiveness: ratio.describe("PRI · PQ / APT; over 1 if the ideal cycle is set too slow."),
    quality: ratio.describe("GQ / PQ"),
    oee: ratio.describe("Availability · effectiveness · quality"),
    nee: ratio.describe("AUPT / PBT · effectiveness · quality"),
    teep: ratio.describe("OEE · PBT / calendar time"),
    allocationEfficiency: ratio.describe("AUBT / PBT"),
    utilization: ratio.describe("APT / AUBT"),
    technicalEfficiency: ratio.describe("APT / (APT + ADET)"),
    setupRatio: ratio.describe("ASUT / AUPT"),
    scrapRatio: ratio.describe("SQ / PQ"),
    reworkRatio: ratio.describe("RQ / PQ"),
    firstPassYield: ratio.describe("(GQ − RQ) / PQ"),
    throughputPerHour: ratio.describe("PQ / AUBT, pieces an hour"),
    mtbfMs: ratio.describe("APT / failures, ms"),
    mttrMs: ratio.describe("Time down by failures / failures, ms"),
    actualCycleMs: ratio.describe("APT / PQ, ms"),
  })
  .describe("Ratios are 1 for 100 %; one whose denominator is 0 is absent. docs/kpis.md");

export const kpiFlags = z.object({
  overHundred: z.boolean().describe("More was made than the ideal cycle allows."),
  noStandardShare: z.number().describe("Of the pieces: no ideal cycle is known for them."),
  unobservedShare: z.number().describe("Of the planned busy time: nobody saw the machine."),
  producedOutsidePlanShare: z
    .number()
    .describe("Of the production time: no shift was on, or downtime was planned."),
});

const lossMs = z
  .record(z.string(), ms)
  .describe("Of the busy time that was no production, by loss class.");

export const kpiItem = z.object({
  key: z
    .string()
    .nullable()
    .describe("Of the grouping; null: time that has none, as without a job."),
  from: instant.describe("Beginning of the first window of it."),
  to: instant,
  kpis: kpiFigures,
  flags: kpiFlags,
  times: z
    .object({
      calendarMs: ms,
      unscheduledMs: ms,
      potMs: ms,
      plannedDowntimeMs: ms,
      pbtMs: ms,
      aubtMs: ms,
      auptMs: ms,
      aptMs: ms,
      asutMs: ms,
      adetMs: ms,
      adotMs: ms,
    })
    .describe("Elements of time of ISO 22400-2 and their sums."),
  pieces: z.object({ total: z.int(), good: z.int(), scrap: z.int(), rework: z.int() }),
  idealMs: z.number().describe("PRI · PQ: what the pieces would have taken at their ideal cycle."),
  stops: z.object({
    stops: z.int(),
    stopMs: ms,
    microstops: z.int(),
    microstopMs: ms,
    failures: z.int(),
    failureMs: ms,
  }),
  lossMs,
});

export type KpiItem = z.infer<typeof kpiItem>;

export const kpiAnswer = z.object({
  equipment: z.string(),
  from: instant,
  to: instant,
  recalculating: z
    .boolean()
    .describe("Part of it is older than the facts; ask again in a few seconds."),
  total: kpiItem.omit({ key: true, from: true, to: true }),
  items: z
    .array(kpiItem)
    .describe("By the key of `by`, pooled from the same windows as the total."),
  adjustments: kpiItem
    .pick({ pieces: true, times: true, idealMs: true, stops: true, lossMs: true })
    .optional()
    .describe("What has to be added to closed periods to come to what is known now."),
});

export type KpiAnswer = z.infer<typeof kpiAnswer>;

export const waterfallStep = z.object({
  name: z
    .string()
    .describe(
      "unscheduled, plannedDowntime, a loss class, withoutStandard, speed, scrap, fullyProductive.",
    ),
  group: z.enum(["plan", "availability", "effectiveness", "quality", "productive"]),
  ms,
  pieces: z
    .int()
    .nullable()
    .describe("What could have been made in it; null without an ideal cycle."),
});

export const waterfallAnswer = z.object({
  equipment: z.string(),
  from: instant,
  to: instant,
  recalculating: z.boolean(),
  calendarMs: ms,
  calendarPieces: z.int().nullable(),
  steps: z.array(waterfallStep).describe("They add up to the calendar time, in ms and in pieces."),
  kpis: kpiFigures,
  flags: kpiFlags,
});

export const kpiAdjustment = z.object({
  id: z.string(),
  knownAt: instant,
  cause: z.enum(["lateFacts", "reopened"]),
  line: z.string(),
  equipment: z.string(),
  hour: instant,
  shift: z.string().nullable(),
  job: z.string().nullable(),
  product: z.string().nullable(),
  pieces: z.object({ good: z.int(), scrap: z.int(), rework: z.int() }),
  aptMs: ms,
  plannedBusyMs: ms,
});

export type KpiAdjustment = z.infer<typeof kpiAdjustment>;

export const periodLock = z.object({
  equipment: z.string(),
  until: instant.describe("Not part of the closed period."),
  actor: z.string(),
  closedAt: instant,
  version: z.int(),
});

export type PeriodLock = z.infer<typeof periodLock>;

export const periodLockBody = commandEnvelope.extend({
  equipment: z.string().min(1).max(200).describe("A line, or an area, site or enterprise."),
  until: instant.describe("A whole hour in UTC that has passed."),
});

export const periodOpenBody = commandEnvelope.extend({
  equipment: z.string().min(1).max(200),
  until: instant
    .nullable()
    .default(null)
    .describe("A whole hour in UTC; what is before it stays closed. null: nothing stays closed."),
});

export const recalculationOfLine = z.object({
  line: z.string(),
  derivedFrom: instant.nullable(),
  derivedTo: instant.nullable().describe("Hours before it have been derived."),
  revision: z.int().describe("How often windows of the line have changed."),
  dirtyHours: z.int().describe("Closed hours that are to be derived again."),
  firstDirty: instant.nullable(),
});

export type RecalculationOfLine = z.infer<typeof recalculationOfLine>;
