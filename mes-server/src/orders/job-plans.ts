import type { jobChange, jobWanted } from "@only-mes/protocols/console/orders";
import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockDispatchQueue } from "../store/lockDispatchQueue.ts";
import { lockMasterData } from "../store/lockMasterData.ts";
import { putJob, type PlannedJob } from "../store/putJob.ts";
import { readBegunJob } from "../store/readBegunJob.ts";
import { readJob, readJobs, type JobRow } from "../store/readJobs.ts";
import { readLastSequence } from "../store/readLastSequence.ts";
import { readLineUnits } from "../store/readLineUnits.ts";
import { readOrdersById } from "../store/readOrders.ts";
import type { Transaction } from "../store/statement.ts";
import { updateOrderStatuses } from "./order-statuses.ts";

export interface JobPlanRefusal {
  refusal:
    | "order_unknown"
    | "job_unknown"
    | "line_unknown"
    | "already_differs"
    | "operation_taken"
    | "job_begun"
    | "planned_times_reversed"
    | "version_overtaken";
  detail: string;
  field: string;
}

type Outcome = { job: PlannedJob } | JobPlanRefusal;

/** Makes a job of a production order; one that is there already in the same words stays as it is. */
export async function createJob(
  { tx, nowMs }: Change,
  id: string,
  wanted: z.infer<typeof jobWanted>,
): Promise<Outcome> {
  const { order, operation, line, quantity, plannedStart, plannedEnd, dispatch } = wanted;
  if ((await readLineUnits(tx, line)) === undefined) {
    return refusal("line_unknown", `"${line}"`, "line");
  }
  await lockMasterData(tx, "job");
  await lockDispatchQueue(tx, line);
  const times = { plannedStartMs: msOf(plannedStart), plannedEndMs: msOf(plannedEnd) };
  const plan = { id, order, operation, line, quantity, ...times };
  const known = await readJob(tx, id);
  if (known !== undefined) {
    return isSame(known, plan)
      ? { job: known }
      : refusal("already_differs", `Job "${id}" has version ${known.version}.`, "id");
  }
  if (isReversed(plan)) return refusal("planned_times_reversed", "", "plannedEnd");
  const [ofOrder] = await readOrdersById(tx, [order]);
  if (ofOrder === undefined) return refusal("order_unknown", `"${order}"`, "order");
  const siblings = await siblingsOf(tx, order);
  const taken = siblings.find((job) => job.operation === operation);
  if (taken !== undefined) return refusal("operation_taken", `It is "${taken.id}".`, "operation");
  const sequence = dispatch ? (await readLastSequence(tx, line)) + 1 : null;
  const job: PlannedJob = { ...plan, sequence, state: dispatch ? "Ready" : "Waiting", version: 1 };
  await putJob(tx, job);
  await tell(tx, "created", job, nowMs);
  return { job };
}

/** Changes line, quantity or times of a job. */
export async function changeJobPlan(
  { tx, nowMs }: Change,
  id: string,
  wanted: z.infer<typeof jobChange>,
): Promise<Outcome> {
  const before = await readJob(tx, id);
  if (before === undefined) return refusal("job_unknown", `"${id}"`, "id");
  const line = wanted.line ?? before.line;
  if ((await readLineUnits(tx, line)) === undefined) {
    return refusal("line_unknown", `"${line}"`, "line");
  }
  for (const each of [...new Set([before.line, line])].sort()) await lockDispatchQueue(tx, each);
  const known = (await readJob(tx, id)) ?? before;
  const { plannedStart, plannedEnd, expectedVersion } = wanted;
  if (expectedVersion !== undefined && expectedVersion !== known.version) {
    return refusal("version_overtaken", `It has version ${known.version}.`, "expectedVersion");
  }
  const job: PlannedJob = {
    ...known,
    line,
    quantity: wanted.quantity ?? known.quantity,
    plannedStartMs: plannedStart === undefined ? known.plannedStartMs : msOf(plannedStart),
    plannedEndMs: plannedEnd === undefined ? known.plannedEndMs : msOf(plannedEnd),
  };
  if (isReversed(job)) return refusal("planned_times_reversed", "", "plannedEnd");
  if (isSame(known, job)) return { job: known };
  if (line !== known.line) {
    if (await readBegunJob(tx, id))
      return refusal("job_begun", `It is on "${known.line}".`, "line");
    if (known.sequence !== null) job.sequence = (await readLastSequence(tx, line)) + 1;
  }
  job.version = known.version + 1;
  await putJob(tx, job);
  await tell(tx, "planChanged", job, nowMs);
  return { job };
}

function msOf(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}

type Plan = Pick<
  PlannedJob,
  "order" | "operation" | "line" | "quantity" | "plannedStartMs" | "plannedEndMs"
>;

function isSame(a: Plan, b: Plan): boolean {
  const words = ({ order, operation, line, quantity, plannedStartMs, plannedEndMs }: Plan) =>
    JSON.stringify([order, operation, line, quantity, plannedStartMs, plannedEndMs]);
  return words(a) === words(b);
}

function isReversed({ plannedStartMs, plannedEndMs }: Plan): boolean {
  return plannedStartMs !== null && plannedEndMs !== null && plannedStartMs >= plannedEndMs;
}

function siblingsOf(tx: Transaction, order: string): Promise<JobRow[]> {
  const all = { line: undefined, product: undefined, state: undefined, afterId: undefined };
  return readJobs(tx, { ...all, order, fromMs: undefined, toMs: undefined, limit: 10_000 });
}

async function tell(
  tx: Transaction,
  happened: "created" | "planChanged",
  job: PlannedJob,
  atMs: number,
): Promise<void> {
  const { id, order, operation, line, quantity, plannedStartMs, plannedEndMs } = job;
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const event: DomainEvent = {
    kind: `job.${happened}`,
    equipment: line,
    atMs,
    data: {
      job: id,
      order,
      operation,
      quantity,
      plannedStart: iso(plannedStartMs),
      plannedEnd: iso(plannedEndMs),
    },
  };
  const ofOrder = await updateOrderStatuses(tx, { orders: [order], line, atMs });
  await insertOutboxEvents(tx, [event, ...ofOrder]);
}

function refusal(code: JobPlanRefusal["refusal"], detail: string, field: string): JobPlanRefusal {
  return { refusal: code, detail, field };
}
