import type { JobFactKind } from "@only-mes/protocols/plant/job-state";
import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { JobConflict, JobFact } from "../domain/orders/foldJobs.ts";
import { bumpJobVersion } from "../store/bumpJobVersion.ts";
import { insertJobFact } from "../store/insertJobFact.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertRetraction } from "../store/insertRetraction.ts";
import type { JobRow } from "../store/readJobs.ts";
import type { Transaction } from "../store/statement.ts";
import { updateOrderStatuses } from "./order-statuses.ts";
import { refoldLine, type RefoldedLine } from "./refoldLine.ts";

/**
 * Takes what was told of a job, with all that follows from it. The line's dispatch queue is locked by the
 * caller, who also decides about conflicts that arise: to refuse them it throws, and nothing has happened.
 */
export async function takeJobFact(
  tx: Transaction,
  { job, fact, nowMs }: { job: JobRow; fact: JobFact; nowMs: number },
): Promise<JobConflict[]> {
  await insertJobFact(tx, { ...fact, line: job.line });
  const refolded = await refoldLine(tx, { line: job.line, fromMs: fact.atMs, nowMs });
  const fits = refolded.arisen.every((conflict) => conflict.fact.command !== fact.command);
  const told = fits
    ? [{ ...eventBase(job, fact, refolded), kind: `job.${happened[fact.kind]}` as const }]
    : [];
  await tellOf(tx, job, fact, refolded, told);
  return refolded.arisen;
}

/** Takes a fact back as if it had never been told; `undefined` if that was done before. */
export async function retractJobFact(
  tx: Transaction,
  row: { job: JobRow; fact: JobFact; command: string; reason: string; nowMs: number },
): Promise<JobConflict[] | undefined> {
  const { job, fact, command, reason, nowMs } = row;
  if (!(await insertRetraction(tx, { fact: fact.command, command, reason }))) return undefined;
  const { line, id } = job;
  const refolded = await refoldLine(tx, { line, fromMs: fact.atMs, nowMs, jobs: [id] });
  const base = eventBase(job, fact, refolded);
  const data = { ...base.data, kind: fact.kind, reason };
  await tellOf(tx, job, fact, refolded, [{ ...base, kind: "job.factRetracted", data }]);
  return refolded.arisen;
}

const happened = {
  start: "started",
  beginProduction: "productionBegun",
  hold: "held",
  resume: "resumed",
  complete: "completed",
  abort: "aborted",
  close: "closed",
} as const satisfies Record<JobFactKind, string>;

async function tellOf(
  tx: Transaction,
  job: JobRow,
  fact: JobFact,
  { arisen, gone, states }: RefoldedLine,
  told: readonly DomainEvent[],
): Promise<void> {
  await bumpJobVersion(tx, job.id);
  const { line } = job;
  const atMs = fact.atMs;
  const ofOrders = await updateOrderStatuses(tx, {
    orders: states.map(({ order }) => order),
    line,
    atMs,
  });
  const others = states.filter((change) => change.job !== job.id);
  await insertOutboxEvents(tx, [
    ...told,
    ...others.map(({ job, order, before, after }): DomainEvent => ({
      kind: "job.stateChanged",
      equipment: line,
      atMs,
      data: { job, order, state: after, before },
    })),
    ...arisen.map((conflict): DomainEvent => ({
      kind: "job.conflictArose",
      equipment: line,
      atMs: conflict.fact.atMs,
      data: {
        job: conflict.fact.job,
        command: conflict.fact.command,
        kind: conflict.fact.kind,
        reason: conflict.reason,
        withJob: conflict.withJob,
      },
    })),
    ...gone.map(({ command, job }): DomainEvent => ({
      kind: "job.conflictSettled",
      equipment: line,
      atMs,
      data: { job, command },
    })),
    ...ofOrders,
  ]);
}

function eventBase(job: JobRow, fact: JobFact, { states }: RefoldedLine) {
  const { order, product, operation, quantity } = job;
  return {
    equipment: job.line,
    atMs: fact.atMs,
    data: {
      job: job.id,
      order,
      operation,
      product,
      quantity,
      command: fact.command,
      state: states.find((change) => change.job === job.id)?.after ?? job.state,
      ...(fact.slot === null ? {} : { slot: fact.slot }),
      ...(fact.phase === null ? {} : { phase: fact.phase }),
    },
  };
}
