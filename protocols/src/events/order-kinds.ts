import { z } from "zod";
import { orderStatuses } from "../console/orders.ts";
import { jobFactKinds, jobPhases, jobStates, type JobState } from "../plant/job-state.ts";

const instant = z.iso.datetime().nullable();

const order = z.object({
  order: z.string(),
  product: z.string(),
  quantity: z.int(),
  due: instant,
  priority: z.int(),
  customerReference: z.string().nullable(),
  version: z.int(),
});
const orderExample = {
  equipment: "northwind",
  data: {
    order: "4711",
    product: "cola",
    quantity: 10_000,
    due: "2026-11-23T20:00:00.000Z",
    priority: 0,
    customerReference: "PO 7",
    version: 1,
  },
};

const plan = z.object({
  job: z.string(),
  order: z.string(),
  operation: z.int(),
  quantity: z.int(),
  plannedStart: instant,
  plannedEnd: instant,
});
const planExample = {
  equipment: "bottling-1",
  data: {
    job: "4711.10",
    order: "4711",
    operation: 10,
    quantity: 10_000,
    plannedStart: "2026-11-23T08:00:00.000Z",
    plannedEnd: null,
  },
};

const fact = z.object({
  job: z.string(),
  order: z.string(),
  operation: z.int(),
  product: z.string(),
  quantity: z.int(),
  command: z.string().describe("Id of the command that told it."),
  state: z.enum(jobStates).describe("Of the job now, by all that is known."),
  slot: z.int().optional().describe("Of a start or a resume that named one."),
  phase: z.enum(jobPhases).optional().describe("Of a start."),
});
const factData = {
  job: "4711.10",
  order: "4711",
  operation: 10,
  product: "cola",
  quantity: 10_000,
  command: "scan-00042",
  state: "Running",
};

const standard = z.object({
  id: z.string(),
  product: z.string().nullable(),
  idealCycleSeconds: z.number(),
  from: z.iso.datetime(),
  to: instant,
});
const standardExample = {
  equipment: "bottling-1",
  data: {
    id: "7",
    product: "cola",
    idealCycleSeconds: 0.25,
    from: "2026-11-01T00:00:00.000Z",
    to: null,
  },
};

const product = z.object({ product: z.string() });
const productExample = { equipment: "northwind", data: { product: "cola" } };

function happened(what: string, state: JobState) {
  return { what, data: fact, example: { equipment: "bottling-1", data: { ...factData, state } } };
}

/** Kinds of events of products, production orders, jobs and counts by hand. */
export const orderEventKinds = {
  "product.created": { what: "There is a new product.", data: product, example: productExample },
  "product.changed": { what: "A product has changed.", data: product, example: productExample },
  "order.created": { what: "There is a new production order.", data: order, example: orderExample },
  "order.changed": { what: "A production order has changed.", data: order, example: orderExample },
  "order.statusChanged": {
    what: "A production order has another status, as its jobs have; told of the line of the job.",
    data: z.object({
      order: z.string(),
      status: z.enum(orderStatuses),
      before: z.enum(orderStatuses),
    }),
    example: {
      equipment: "bottling-1",
      data: { order: "4711", status: "Running", before: "Ready" },
    },
  },
  "job.created": { what: "There is a new job.", data: plan, example: planExample },
  "job.planChanged": {
    what: "Line, quantity or times of a job have changed.",
    data: plan,
    example: planExample,
  },
  "job.dispatchChanged": {
    what: "The jobs that wait for a line were put in order.",
    data: z.object({ jobs: z.array(z.string()).describe("The next one first.") }),
    example: { equipment: "bottling-1", data: { jobs: ["4711.10", "4712.10"] } },
  },
  "job.started": {
    what: "A job was started, with a changeover or without.",
    data: fact,
    example: { equipment: "bottling-1", data: { ...factData, phase: "setup" } },
  },
  "job.productionBegun": happened("The changeover of a job is over.", "Running"),
  "job.held": happened("A job is held: its slot is free.", "Held"),
  "job.resumed": happened("A job that was held goes on.", "Running"),
  "job.completed": happened("A job is completed.", "Completed"),
  "job.aborted": happened("A job was aborted.", "Aborted"),
  "job.closed": happened("A job is closed: nothing happens to it any more.", "Closed"),
  "job.factRetracted": {
    what: "What was told of a job was taken back.",
    data: fact.extend({ kind: z.enum(jobFactKinds), reason: z.string() }),
    example: {
      equipment: "bottling-1",
      data: { ...factData, kind: "complete", reason: "wrong job scanned" },
    },
  },
  "job.stateChanged": {
    what: "A job has another state because of what was told, late, of another job of its line.",
    data: z.object({
      job: z.string(),
      order: z.string(),
      state: z.enum(jobStates),
      before: z.enum(jobStates),
    }),
    example: {
      equipment: "bottling-1",
      data: { job: "4712.10", order: "4712", state: "Running", before: "Ready" },
    },
  },
  "job.conflictArose": {
    what: "Something that was told of a job does not fit what was told before; it is kept without effect.",
    data: z.object({
      job: z.string(),
      command: z.string(),
      kind: z.enum(jobFactKinds),
      reason: z.enum(["state", "slot"]),
      withJob: z.string().nullable(),
    }),
    example: {
      equipment: "bottling-1",
      data: {
        job: "4712.10",
        command: "scan-00043",
        kind: "start",
        reason: "slot",
        withJob: "4711.10",
      },
    },
  },
  "job.conflictSettled": {
    what: "Something that did not fit does now, or was taken back.",
    data: z.object({ job: z.string(), command: z.string() }),
    example: { equipment: "bottling-1", data: { job: "4712.10", command: "scan-00043" } },
  },
  "line.capacitySlotsChanged": {
    what: "A line has other capacity slots, or their units have changed.",
    data: z.object({ slots: z.array(z.object({ slot: z.int(), units: z.array(z.string()) })) }),
    example: {
      equipment: "stamping-1",
      data: { slots: [{ slot: 1, units: [] }] },
    },
  },
  "cycleStandard.created": {
    what: "An ideal cycle was given.",
    data: standard,
    example: standardExample,
  },
  "cycleStandard.ended": {
    what: "An ideal cycle ends at another time.",
    data: standard,
    example: standardExample,
  },
  "count.declared": {
    what: "Pieces were counted by hand.",
    data: z.object({
      declaration: z.string(),
      role: z.enum(["good", "scrap", "rework"]),
      quantity: z.int().describe("Less than 0 takes back."),
      slot: z.int(),
      reason: z.string(),
    }),
    example: {
      equipment: "bottling-1.filler",
      data: {
        declaration: "scan-00044",
        role: "scrap",
        quantity: 12,
        slot: 1,
        reason: "dropped",
      },
    },
  },
} as const;
