import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";
import { jobFactKinds, jobPhases, jobStates } from "../plant/job-state.ts";

/** Bodies of products, production orders and jobs. Quantities are in the product's smallest unit. */

/** Ids that an ERP may have given; safe in a URL and in a file name. */
export const orderingId = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
    "must be 1 to 64 of A-Z, a-z, 0-9, . _ and -, beginning and ending with a letter or digit",
  );

const instant = z.iso
  .datetime({ error: "is not an instant in UTC such as 2026-11-22T06:00:00Z" })
  .refine((text) => text >= "1990" && text < "2200", "lies outside of 1990 to 2200")
  .describe("ISO 8601, UTC.");

const quantity = z
  .int("is not a whole number")
  .positive("is not greater than 0")
  .max(1_000_000_000_000)
  .describe("In the product's smallest unit.");

const version = z.int().positive();

export const productContent = z.strictObject({
  name: z.string().min(1).max(120),
  unit: z.string().min(1).max(16).describe("The smallest one that is counted, such as `piece`."),
  erpCode: z.string().min(1).max(64).nullable().default(null),
});
export const product = productContent.extend({ id: orderingId, version });
export const productWanted = commandEnvelope.extend(productContent.shape);

export const orderContent = z.strictObject({
  product: orderingId,
  quantity,
  due: instant.nullable().default(null),
  priority: z.int().min(-1000).max(1000).default(0).describe("The greater goes first."),
  customerReference: z.string().min(1).max(120).nullable().default(null),
});

/** Follows from the order's jobs. */
export const orderStatuses = [
  "Planned",
  "Ready",
  "Running",
  "Held",
  "Completed",
  "Aborted",
  "Closed",
] as const;

export const productionOrder = orderContent.extend({
  id: orderingId,
  status: z.enum(orderStatuses),
  jobs: z.array(z.string()).describe("Ids, in order of the operations."),
  version,
});
export const orderWanted = commandEnvelope.extend(orderContent.shape);
export const orderRow = z.strictObject({
  id: orderingId,
  ...orderContent.shape,
  expectedVersion: commandEnvelope.shape.expectedVersion,
});

export const importRowsMax = 2_000;

export const ordersImport = commandEnvelope.omit({ expectedVersion: true }).extend({
  orders: z
    .array(z.unknown())
    .min(1)
    .max(importRowsMax)
    .optional()
    .describe("Each as in PUT, with its `id`; and `expectedVersion` if it is to change one."),
  csv: z
    .string()
    .min(1)
    .max(2_000_000)
    .optional()
    .describe("The same as text with a line of headings, separated by `,` or `;`."),
});

export const changeOutcomes = ["created", "changed", "unchanged"] as const;

export const importOutcome = z.object({
  row: z.int().positive().describe("From 1; the headings of a CSV are not counted."),
  id: z.string().nullable(),
  outcome: z.enum([...changeOutcomes, "refused"]),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      action: z.string(),
      field: z.string().optional(),
    })
    .optional(),
});

export const importAnswer = z.object({
  created: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  refused: z.int(),
  rows: z.array(importOutcome),
});

export const jobContent = z.strictObject({
  order: orderingId.describe("The production order."),
  operation: z
    .int()
    .min(1)
    .max(9999)
    .default(10)
    .describe("Its place among the operations of the order."),
  line: z.string().min(1).max(200),
  quantity,
  plannedStart: instant.nullable().default(null),
  plannedEnd: instant.nullable().default(null),
});

/** A fact that does not fit: kept, and without effect until those come that make it fit. */
export const jobConflict = z.object({
  command: z.string(),
  job: z.string(),
  line: z.string(),
  kind: z.enum(jobFactKinds),
  occurredAt: instant,
  reason: z
    .enum(["state", "slot"])
    .describe("The job's state then does not allow it, or another job holds the slot."),
  withJob: z.string().nullable().describe("The job that holds the slot."),
});

export const job = jobContent.extend({
  id: orderingId,
  product: z.string(),
  state: z.enum(jobStates),
  sequence: z.int().nullable().describe("Place in the dispatch queue, from 1."),
  slot: z.int().nullable().describe("Capacity slot that it holds now."),
  phase: z.enum(jobPhases).nullable().describe("While it holds a slot."),
  begunAt: instant.nullable(),
  endedAt: instant.nullable().describe("When it left its slot last, if it holds none."),
  conflicts: z.int().describe("Facts about it that do not fit; see /job-conflicts."),
  version,
});

export const jobWanted = commandEnvelope.extend({
  id: orderingId.optional().describe("`<order>.<operation>` if absent."),
  ...jobContent.shape,
  dispatch: z.boolean().default(true).describe("Put it at the end of the line's dispatch queue."),
});

export const jobChange = commandEnvelope.extend({
  line: jobContent.shape.line.optional().describe("Only before anything was told of it."),
  quantity: quantity.optional(),
  plannedStart: instant.nullable().optional(),
  plannedEnd: instant.nullable().optional(),
});

const onConflict = z
  .enum(["refuse", "keep"])
  .default("refuse")
  .describe(
    "`keep`: take it although it does not fit (yet), and show it as a conflict; for whoever delivers facts late or in any order.",
  );

const slot = z
  .int()
  .min(1)
  .max(64)
  .nullable()
  .default(null)
  .describe("Capacity slot; the first that is free then if absent.");

const note = z.string().min(1).max(300).optional().describe("Why; kept with the command.");

export const jobFactWanted = commandEnvelope.extend({ onConflict, note });
export const jobResumeWanted = jobFactWanted.extend({ slot });
export const jobStartWanted = jobResumeWanted.extend({
  phase: z.enum(jobPhases).default("production").describe("`setup`: begin with a changeover."),
});
export const jobRetractWanted = jobFactWanted.extend({
  fact: commandEnvelope.shape.commandId.unwrap().describe("Id of the command that was wrong."),
  reason: z.string().min(1).max(300),
});

export const jobFact = z.object({
  command: z.string(),
  kind: z.enum(jobFactKinds),
  occurredAt: instant,
  slot: z.int().nullable(),
  phase: z.enum(jobPhases).nullable(),
  conflict: jobConflict.shape.reason.nullable(),
  withJob: z.string().nullable(),
  retracted: z.boolean(),
});

export const jobFactAnswer = z.object({
  job,
  fits: z.boolean().describe("False: it was kept and has no effect yet."),
});

const pieces = z.int();

export const jobProgress = z.object({
  good: pieces.describe("Of the line's output units while the job held its slot, and declared."),
  scrap: pieces.describe("Of all units of the slot."),
  rework: pieces,
  firstPassGood: pieces.describe("Good without rework."),
  declared: z
    .object({ good: pieces, scrap: pieces, rework: pieces })
    .describe("Part of the above."),
  remaining: pieces.describe("0 if as many or more were made than are wanted."),
  over: pieces.describe("Good pieces beyond the quantity; shown, never forbidden."),
  setupMs: z.int(),
  productionMs: z.int().describe("Time in production without planned downtime."),
  idealRatePerMinute: z.number().nullable().describe("Now, by cycle standards; else of the units."),
  expected: z.number().nullable().describe("Pieces due by now, at most the quantity."),
  aheadPieces: z.number().nullable().describe("Less than 0: behind."),
  aheadMinutes: z.number().nullable(),
  estimatedEnd: instant.nullable().describe("At the job's own pace so far, else at the ideal one."),
});

export const jobDetail = job.extend({
  progress: jobProgress,
  intervals: z.array(
    z.object({
      slot: z.int(),
      phase: z.enum(jobPhases),
      from: instant,
      to: instant.nullable().describe("null while it lasts."),
    }),
  ),
});

export const dispatchQueue = z.object({
  line: z.string(),
  jobs: z.array(job),
  version: z.int().nonnegative(),
});

export const dispatchQueueWanted = commandEnvelope.extend({
  jobs: z
    .array(orderingId)
    .max(500)
    .describe("All jobs that are to wait, the first one first; others leave the queue."),
});

export const capacitySlot = z.object({
  line: z.string(),
  slot: z.int().positive(),
  units: z
    .array(z.string())
    .describe("Whose pieces are those of its job; a unit that no slot names is of slot 1."),
});

export const capacitySlotsWanted = commandEnvelope.extend({
  slots: z
    .array(z.strictObject({ units: z.array(z.string().min(1).max(200)).max(64).default([]) }))
    .min(1)
    .max(64)
    .describe("All slots of the line, slot 1 first."),
});

export const cycleStandard = z.object({
  id: z.string().describe("A 64-bit number, as text."),
  equipment: z.string().describe("A line or a unit."),
  product: z.string().nullable().describe("null: whatever is produced there."),
  from: instant,
  to: instant.nullable().describe("null: until further notice; the same as `from`: never."),
  idealCycleSeconds: z.number(),
  version,
});

export const cycleStandardWanted = commandEnvelope.extend({
  equipment: z.string().min(1).max(200),
  product: orderingId.nullable().default(null),
  from: instant,
  to: instant.nullable().default(null),
  idealCycleSeconds: z.number().max(1_000_000).describe("Of one piece; more than 0."),
});

export const cycleStandardEnd = commandEnvelope.extend({
  to: instant
    .nullable()
    .describe("null: until further notice; the same as `from`: it never holds."),
});

export const declarationRoles = ["good", "scrap", "rework"] as const;

export const declaration = z.object({
  id: z.string().describe("Of the command that declared it."),
  equipment: z.string(),
  role: z.enum(declarationRoles),
  at: instant,
  quantity: z.int(),
  slot: z.int(),
  reason: z.string(),
  actor: z.string(),
});

export const declarationWanted = commandEnvelope.extend({
  equipment: z.string().min(1).max(200).describe("A line or a unit."),
  role: z.enum(declarationRoles),
  quantity: z
    .int("is not a whole number")
    .min(-1_000_000_000)
    .max(1_000_000_000)
    .describe("Less than 0 takes back what was counted too much. At `occurredAt`."),
  slot: z.int().min(1).max(64).default(1).describe("Of a line with several slots: whose job."),
  reason: z.string().min(1).max(300),
});

export type Product = z.infer<typeof product>;
export type ProductionOrder = z.infer<typeof productionOrder>;
export type OrderContent = z.infer<typeof orderContent>;
export type OrderRow = z.infer<typeof orderRow>;
export type ImportAnswer = z.infer<typeof importAnswer>;
export type ImportOutcome = z.infer<typeof importOutcome>;
export type Job = z.infer<typeof job>;
export type JobConflict = z.infer<typeof jobConflict>;
export type JobProgress = z.infer<typeof jobProgress>;
export type JobDetail = z.infer<typeof jobDetail>;
export type CycleStandard = z.infer<typeof cycleStandard>;
export type Declaration = z.infer<typeof declaration>;
