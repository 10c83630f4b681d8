import {
  job as jobSchema,
  jobChange,
  jobConflict,
  jobDetail,
  jobFact,
  jobWanted,
  orderingId,
  type Job,
  type JobConflict,
  type JobDetail,
} from "@only-mes/protocols/console/orders";
import { listOf } from "@only-mes/protocols/console/http";
import { jobStates } from "@only-mes/protocols/plant/job-state";
import { z } from "zod";
import { changeJobPlan, createJob } from "../orders/job-plans.ts";
import { jobProgress } from "../orders/jobProgress.ts";
import { readFactsOfJob, type ToldFact } from "../store/readFactsOfJob.ts";
import { readJobConflicts } from "../store/readJobConflicts.ts";
import { readJob, readJobs, type JobRow } from "../store/readJobs.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { refusedJobPlan } from "./job-refusals.ts";
import { cursorParameter, limitParameter, pageOfRows, positionOf, timedPlaceOf } from "./paging.ts";
import { instantParameter, isoOf } from "./window.ts";

const tags = ["jobs"];
const jobParameters = z.strictObject({ id: orderingId });

const jobTable: CsvTable<Job> = {
  name: "jobs",
  columns: {
    id: ({ id }) => id,
    order: ({ order }) => order,
    operation: ({ operation }) => operation,
    line: ({ line }) => line,
    product: ({ product }) => product,
    quantity: ({ quantity }) => quantity,
    plannedStart: ({ plannedStart }) => plannedStart,
    plannedEnd: ({ plannedEnd }) => plannedEnd,
    sequence: ({ sequence }) => sequence,
    state: ({ state }) => state,
    begunAt: ({ begunAt }) => begunAt,
    endedAt: ({ endedAt }) => endedAt,
    conflicts: ({ conflicts }) => conflicts,
    version: ({ version }) => version,
  },
};

const listParameters = z.strictObject({
  line: z.string().min(1).max(200).optional(),
  order: orderingId.optional(),
  product: orderingId.optional(),
  state: z
    .string()
    .regex(
      new RegExp(`^(${jobStates.join("|")})(,(${jobStates.join("|")}))*$`),
      `is not one or more of ${jobStates.join(", ")}, joined by commas`,
    )
    .optional()
    .describe("One or more, joined by commas."),
  from: instantParameter.optional().describe("Jobs that held a slot, or are planned, after this."),
  to: instantParameter.optional().describe("… and before this."),
  limit: limitParameter(100, 500),
  cursor: cursorParameter,
  ...csvParameters,
});

export function jobRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/jobs",
    schema: {
      summary: "Jobs: operations of production orders, each on one line",
      tags,
      querystring: listParameters,
      response: { 200: listOrCsv(jobSchema) },
    },
    handler: (request, reply) =>
      answerList(reply, request.query, jobTable, (page) => jobPage(context, request.query, page)),
  });

  app.route({
    method: "GET",
    url: "/jobs/:id",
    schema: {
      summary: "One job, with what was made of it, its target and its pace",
      description:
        "Pieces belong to the job that held the slot when they were made, whenever their samples arrive.",
      tags,
      params: jobParameters,
      querystring: z.strictObject({}),
      response: { 200: jobDetail },
    },
    handler: async ({ params }) => detailOf(context, await knownJob(pool, params.id)),
  });

  app.route({
    method: "GET",
    url: "/jobs/:id/facts",
    schema: {
      summary: "All that was told of a job, and what became of it",
      tags,
      params: jobParameters,
      querystring: z.strictObject({}),
      response: { 200: listOf(jobFact) },
    },
    handler: async ({ params }) => {
      await knownJob(pool, params.id);
      const facts = await readFactsOfJob(pool, params.id);
      return { items: facts.map(factAnswer) };
    },
  });

  app.route({
    method: "GET",
    url: "/job-conflicts",
    schema: {
      summary: "What was told of jobs and does not fit (yet), in order of time",
      tags,
      querystring: z.strictObject({
        line: z.string().min(1).max(200).optional(),
        job: orderingId.optional(),
        limit: limitParameter(100, 500),
        cursor: cursorParameter,
      }),
      response: { 200: listOf(jobConflict) },
    },
    handler: async ({ query }) => {
      const { line, job, limit, cursor } = query;
      const after = timedPlaceOf(cursor);
      const rows = await readJobConflicts(pool, { after, line, job, limit: limit + 1 });
      return pageOfRows(
        rows,
        limit,
        ({ occurredAtMs, ...row }): JobConflict => ({ ...row, occurredAt: isoOf(occurredAtMs) }),
        ({ occurredAtMs, command }) => `${occurredAtMs} ${command}`,
      );
    },
  });

  app.route({
    method: "POST",
    url: "/jobs",
    schema: {
      summary: "Creates a job",
      description: "The same again changes nothing.",
      tags,
      body: jobWanted,
      response: { 200: jobSchema },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const { body } = request;
      const id = body.id ?? `${body.order}.${body.operation}`;
      const named = orderingId.safeParse(id);
      if (!named.success)
        throw new ApiFailure("body_invalid", named.error.issues[0]?.message, "id");
      return changed(context, request, { kind: "job.create", subject: id }, async (change) => {
        const made = await createJob(change, id, body);
        if ("refusal" in made) throw refusedJobPlan(made);
        return jobAnswer(await knownJob(change.tx, id));
      });
    },
  });

  app.route({
    method: "PATCH",
    url: "/jobs/:id",
    schema: {
      summary: "Changes what is planned of a job",
      tags,
      params: jobParameters,
      body: jobChange,
      response: { 200: jobSchema },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const { id } = request.params;
      return changed(context, request, { kind: "job.plan", subject: id }, async (change) => {
        const made = await changeJobPlan(change, id, request.body);
        if ("refusal" in made) throw refusedJobPlan(made);
        return jobAnswer(await knownJob(change.tx, id));
      });
    },
  });
}

/** @throws {ApiFailure} if there is none. */
export async function knownJob(db: Transaction, id: string): Promise<JobRow> {
  const job = await readJob(db, id);
  if (job === undefined) throw new ApiFailure("job_unknown", `"${id}"`, "id");
  return job;
}

export function jobAnswer({
  plannedStartMs,
  plannedEndMs,
  begunAtMs,
  endedAtMs,
  ...job
}: JobRow): Job {
  const instant = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));
  return {
    ...job,
    plannedStart: instant(plannedStartMs),
    plannedEnd: instant(plannedEndMs),
    begunAt: instant(begunAtMs),
    endedAt: instant(endedAtMs),
  };
}

function factAnswer(fact: ToldFact): z.infer<typeof jobFact> {
  const { command, kind, atMs, slot, phase, conflict, withJob, retracted } = fact;
  return { command, kind, occurredAt: isoOf(atMs), slot, phase, conflict, withJob, retracted };
}

async function detailOf(context: ApiContext, job: JobRow): Promise<JobDetail> {
  const { holds, progress } = await jobProgress(context, job);
  return {
    ...jobAnswer(job),
    progress,
    intervals: holds.map(({ slot, phase, fromMs, toMs }) => ({
      slot,
      phase,
      from: isoOf(fromMs),
      to: toMs === null ? null : isoOf(toMs),
    })),
  };
}

async function jobPage(
  { pool, clock }: ApiContext,
  query: z.infer<typeof listParameters>,
  { limit, cursor }: { limit: number; cursor: string | undefined },
) {
  const { line, order, product, state, from, to } = query;
  const hasRange = from !== undefined || to !== undefined;
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? Math.max(clock.now(), fromMs) + 1 : Date.parse(to);
  if (hasRange && fromMs >= toMs) throw new ApiFailure("range_reversed", undefined, "from");
  const rows = await readJobs(pool, {
    afterId: positionOf(cursor, /^[A-Za-z0-9._-]{1,64}$/),
    line,
    order,
    product,
    state: state?.split(","),
    fromMs: hasRange ? fromMs : undefined,
    toMs: hasRange ? toMs : undefined,
    limit: limit + 1,
  });
  return pageOfRows(rows, limit, jobAnswer, ({ id }) => id);
}
