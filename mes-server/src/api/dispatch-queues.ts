import { dispatchQueue, dispatchQueueWanted } from "@only-mes/protocols/console/orders";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { updateOrderStatuses } from "../orders/order-statuses.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockDispatchQueue } from "../store/lockDispatchQueue.ts";
import { readDispatchQueue, readJob } from "../store/readJobs.ts";
import { readLineUnits, type LineUnitRow } from "../store/readLineUnits.ts";
import { readQueueVersion } from "../store/readQueueVersion.ts";
import { setDispatchQueue } from "../store/setDispatchQueue.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { jobAnswer } from "./jobs.ts";

const tags = ["jobs"];
const lineParameters = z.strictObject({ id: z.string().min(1).max(200) });

export function dispatchQueueRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/lines/:id/dispatch-queue",
    schema: {
      summary: "Jobs that wait for a line, the next one first",
      tags,
      params: lineParameters,
      querystring: z.strictObject({}),
      response: { 200: dispatchQueue },
    },
    handler: async ({ params }) => {
      await unitsOfLine(pool, params.id);
      return queueOf(pool, params.id, await readQueueVersion(pool, params.id));
    },
  });

  app.route({
    method: "PUT",
    url: "/lines/:id/dispatch-queue",
    schema: {
      summary: "Puts the jobs that wait for a line in order",
      description: "The queue is this list afterwards: what is not in it waits without a place.",
      tags,
      params: lineParameters,
      body: dispatchQueueWanted,
      response: { 200: dispatchQueue },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const { id } = request.params;
      const command = { kind: "line.dispatch", subject: id };
      return changed(context, request, command, (change) => reorder(change, id, request.body));
    },
  });
}

async function reorder(
  { tx, nowMs }: Change,
  line: string,
  { jobs, expectedVersion }: z.infer<typeof dispatchQueueWanted>,
): Promise<z.infer<typeof dispatchQueue>> {
  await unitsOfLine(tx, line);
  const version = await lockDispatchQueue(tx, line);
  expectVersion(expectedVersion, version);
  for (const [place, id] of jobs.entries()) {
    const field = `jobs.${place}`;
    const job = await readJob(tx, id);
    if (job === undefined) throw new ApiFailure("job_unknown", `"${id}"`, field);
    if (jobs.indexOf(id) !== place) throw new ApiFailure("queue_refuses", `"${id}" twice.`, field);
    if (job.line !== line || (job.state !== "Waiting" && job.state !== "Ready")) {
      const detail = `"${id}" is ${job.state} on line "${job.line}".`;
      throw new ApiFailure("queue_refuses", detail, field);
    }
  }
  const moved = await setDispatchQueue(tx, line, jobs);
  const orders = moved.map(({ order }) => order);
  const ofOrders = await updateOrderStatuses(tx, { orders, line, atMs: nowMs });
  await insertOutboxEvents(tx, [
    { kind: "job.dispatchChanged", equipment: line, atMs: nowMs, data: { jobs } },
    ...ofOrders,
  ]);
  return queueOf(tx, line, version + 1);
}

async function queueOf(db: Transaction, line: string, version: number) {
  return { line, jobs: (await readDispatchQueue(db, line)).map(jobAnswer), version };
}

/** @throws {ApiFailure} if there is no such line. */
export async function unitsOfLine(db: Transaction, line: string): Promise<LineUnitRow[]> {
  const units = await readLineUnits(db, line);
  if (units === undefined) throw new ApiFailure("line_unknown", `"${line}"`, "id");
  return units;
}
