import fc from "fast-check";
import { jobFactKinds } from "@only-mes/protocols/plant/job-state";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { foldJobs, type JobFact } from "../domain/orders/foldJobs.ts";
import { lockDispatchQueue } from "../store/lockDispatchQueue.ts";
import { readJob } from "../store/readJobs.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { transaction } from "../store/transaction.ts";
import { takeJobFact } from "./takeJobFact.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.pool.query(
    `INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola', 'bottle')`,
  );
});
afterAll(() => database.close());

const minuteMs = 60_000;
const beginMs = Date.parse("2026-11-23T00:00:00Z");
const nowMs = beginMs + 100 * minuteMs;

let lines = 0;
/** A line of its own with two slots and four jobs, and all that becomes of these facts in this order. */
async function toldInOrder(facts: readonly JobFact[]): Promise<unknown> {
  lines += 1;
  const line = `line-${lines}`;
  const { pool } = database;
  await pool.query("INSERT INTO line VALUES ($1, $1, 'n', 'l', 'h')", [line]);
  await pool.query("INSERT INTO capacity_slot (line, slot) VALUES ($1, 1), ($1, 2)", [line]);
  await pool.query("INSERT INTO production_order (id, product, quantity) VALUES ($1, 'cola', 5)", [
    line,
  ]);
  await pool.query(
    `INSERT INTO job (id, production_order, operation, line, quantity, state)
     SELECT $1 || '.' || n, $1, n, $1, 5, 'Waiting' FROM generate_series(1, 4) n`,
    [line],
  );
  const told = new Set<string>();
  for (const { job: number, command, ...fact } of facts) {
    if (told.has(command)) continue;
    told.add(command);
    await transaction(pool, async (tx) => {
      await lockDispatchQueue(tx, line);
      const job = await readJob(tx, `${line}.${number}`);
      if (job === undefined) throw new Error("no job");
      const named = { ...fact, job: job.id, command: `${line} ${command}` };
      await takeJobFact(tx, { job, fact: named, nowMs });
    });
  }
  return standing(line);
}

async function standing(line: string): Promise<unknown> {
  const { pool } = database;
  const nameless = (text: string | null) => text?.slice(line.length + 1) ?? null;
  const intervals = await readJobIntervals(pool, { line, fromMs: 0, toMs: nowMs });
  const conflicts = await pool.query<{ command: string; reason: string; with_job: string | null }>(
    `SELECT c.command, reason, with_job FROM job_conflict c JOIN job_fact f ON f.command = c.command
      WHERE c.line = $1 ORDER BY f.occurred_at, c.command COLLATE "C"`,
    [line],
  );
  const jobs = await pool.query<{ id: string; state: string; version: number }>(
    "SELECT id, state, version FROM job WHERE line = $1 ORDER BY id",
    [line],
  );
  const order = await pool.query("SELECT status FROM production_order WHERE id = $1", [line]);
  return {
    intervals: intervals.map(({ slot, job, phase, fromMs, toMs }) => {
      return { slot, job: nameless(job), phase, fromMs, toMs };
    }),
    conflicts: conflicts.rows.map(({ command, reason, with_job }) => {
      return { command: nameless(command), reason, withJob: nameless(with_job) };
    }),
    jobs: jobs.rows.map(({ id, ...row }) => ({ id: nameless(id), ...row })),
    status: order.rows,
  };
}

const anyFacts = fc
  .array(
    fc.record({
      job: fc.constantFrom("1", "2", "3", "4"),
      kind: fc.oneof(fc.constantFrom(...jobFactKinds), fc.constant("start" as const)),
      atMs: fc.integer({ min: 0, max: 12 }).map((n) => beginMs + n * 5 * minuteMs),
      slot: fc.constantFrom(null, null, 1, 2),
      phase: fc.constantFrom("setup" as const, "production" as const),
    }),
    { minLength: 4, maxLength: 14 },
  )
  .map((list) => list.map((fact, place): JobFact => ({ ...fact, command: `c-${place + 10}` })));

it("[JF1] what is stored after any order of arrival is what all facts together make", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFacts.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
        ),
      ),
      async ([list, shuffled]) => {
        const inOrder = await toldInOrder(list);
        expect(await toldInOrder(shuffled)).toEqual(inOrder);
        const { intervals, conflicts, jobs } = foldJobs(list, [1, 2]);
        expect(inOrder).toMatchObject({
          intervals,
          conflicts: conflicts.map(({ fact: { command }, reason, withJob }) => {
            return { command, reason, withJob };
          }),
          jobs: ["1", "2", "3", "4"].map((id) => ({
            id,
            state: jobs.get(id)?.state ?? "Waiting",
          })),
        });
      },
    ),
    { numRuns: 12, seed: 4711 },
  );
});
