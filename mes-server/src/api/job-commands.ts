import {
  jobFactAnswer,
  jobFactWanted,
  jobResumeWanted,
  jobRetractWanted,
  jobStartWanted,
  orderingId,
} from "@only-mes/protocols/console/orders";
import type { JobFactKind, JobPhase } from "@only-mes/protocols/plant/job-state";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import type { JobConflict, JobFact } from "../domain/orders/foldJobs.ts";
import { retractJobFact, takeJobFact } from "../orders/takeJobFact.ts";
import { lockDispatchQueue } from "../store/lockDispatchQueue.ts";
import { readCapacitySlots } from "../store/readCapacitySlots.ts";
import { readFactsOfJob } from "../store/readFactsOfJob.ts";
import type { JobRow } from "../store/readJobs.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { refusedJobFact } from "./job-refusals.ts";
import { jobAnswer, knownJob } from "./jobs.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOf } from "./window.ts";

const tags = ["jobs"];
const jobParameters = z.strictObject({ id: orderingId });
/** As far back as samples are kept: before that there is nothing that a job could be given. */
const oldestMs = 400 * 24 * 3_600_000;

const description =
  "It counts from `occurredAt` on, which may be past. What does not fit what was told before is refused, " +
  "unless `onConflict` says `keep`: the state of the jobs follows from all that was told, in whatever order.";

const commands: [path: string, kind: JobFactKind, summary: string][] = [
  ["begin-production", "beginProduction", "Ends the changeover of a job: it produces from now on"],
  ["hold", "hold", "Holds a job: its slot is free for another one"],
  ["complete", "complete", "Completes a job, with however many pieces were made"],
  ["abort", "abort", "Aborts a job"],
  ["close", "close", "Closes a job that is completed or aborted: nothing happens to it any more"],
];

export function jobCommandRoutes(app: ApiApp, context: ApiContext): void {
  const response = { 200: jobFactAnswer };
  const preValidation = changesAllowed(context);
  const base = { tags, params: jobParameters, description, response };

  app.route({
    method: "POST",
    url: "/jobs/:id/start",
    schema: {
      ...base,
      summary: "Starts a job, with a changeover or without",
      body: jobStartWanted,
    },
    preValidation,
    handler: (request) => tell(context, request, "start", request.body),
  });

  app.route({
    method: "POST",
    url: "/jobs/:id/resume",
    schema: { ...base, summary: "Goes on with a job that was held", body: jobResumeWanted },
    preValidation,
    handler: (request) => tell(context, request, "resume", { ...request.body, phase: null }),
  });

  for (const [path, kind, summary] of commands) {
    app.route({
      method: "POST",
      url: `/jobs/:id/${path}`,
      schema: { ...base, summary, body: jobFactWanted },
      preValidation,
      handler: (request) => {
        return tell(context, request, kind, { ...request.body, slot: null, phase: null });
      },
    });
  }

  app.route({
    method: "POST",
    url: "/jobs/:id/retract",
    schema: {
      ...base,
      summary: "Takes back what was told of a job by mistake",
      description: "As if it had never been told; it stays to be read under /jobs/{id}/facts.",
      body: jobRetractWanted,
    },
    preValidation,
    handler: (request) => {
      const command = { kind: "job.retract", subject: request.params.id };
      return changed(context, request, command, async (change) => {
        const { fact, reason, onConflict, expectedVersion } = request.body;
        const job = await turnOf(change, request.params.id, expectedVersion);
        const told = (await readFactsOfJob(change.tx, job.id)).find(
          (each) => each.command === fact && !each.retracted,
        );
        if (told === undefined) throw new ApiFailure("job_fact_unknown", `"${fact}"`, "fact");
        await expectUnlocked(change.tx, job.line, told.atMs, "fact");
        const row = { job, fact: told, command: change.commandId, reason, nowMs: change.nowMs };
        const arisen = (await retractJobFact(change.tx, row)) ?? [];
        return outcome(change, job, told, arisen, onConflict);
      });
    },
  });
}

interface Told {
  slot: number | null;
  phase: JobPhase | null;
  onConflict: "refuse" | "keep";
  expectedVersion?: number | undefined;
}

function tell(
  context: ApiContext,
  request: Parameters<typeof changed>[1] & { params: { id: string } },
  kind: JobFactKind,
  { slot, phase, onConflict, expectedVersion }: Told,
): Promise<z.infer<typeof jobFactAnswer>> {
  const { id } = request.params;
  return changed(context, request, { kind: `job.${kind}`, subject: id }, async (change) => {
    const { tx, commandId, occurredAtMs: atMs, nowMs } = change;
    if (atMs < nowMs - oldestMs) {
      throw new ApiFailure("occurs_too_early", `${isoOf(atMs)}.`, "occurredAt");
    }
    const job = await turnOf(change, id, expectedVersion);
    await expectUnlocked(tx, job.line, atMs);
    await expectSlot(change, job.line, slot);
    const fact: JobFact = { command: commandId, job: id, kind, atMs, slot, phase };
    const arisen = await takeJobFact(tx, { job, fact, nowMs });
    return outcome(change, job, fact, arisen, onConflict);
  });
}

/** The job as it stands once it is this command's turn. */
async function turnOf(
  { tx }: Change,
  id: string,
  expectedVersion: number | undefined,
): Promise<JobRow> {
  // A job changes its line only while nothing was told of it: then the lock of the line is asked for anew.
  let job = await knownJob(tx, id);
  for (;;) {
    const { line } = job;
    await lockDispatchQueue(tx, line);
    job = await knownJob(tx, id);
    if (job.line === line) break;
  }
  expectVersion(expectedVersion, job.version);
  return job;
}

async function expectSlot({ tx }: Change, line: string, slot: number | null): Promise<void> {
  if (slot === null) return;
  const slots = await readCapacitySlots(tx, line);
  if (slots.some((each) => each.slot === slot)) return;
  throw new ApiFailure("slot_unknown", `Line "${line}" has ${slots.length}.`, "slot");
}

async function outcome(
  { tx }: Change,
  job: JobRow,
  fact: JobFact,
  arisen: readonly JobConflict[],
  onConflict: "refuse" | "keep",
): Promise<z.infer<typeof jobFactAnswer>> {
  if (arisen.length > 0 && onConflict === "refuse") throw refusedJobFact(fact, job.line, arisen);
  const fits = arisen.every((conflict) => conflict.fact.command !== fact.command);
  return { job: jobAnswer(await knownJob(tx, job.id)), fits };
}
