import type { Job } from "@only-mes/protocols/console/orders";
import type { Transaction } from "./statement.ts";

export interface JobRow extends Omit<Job, "plannedStart" | "plannedEnd" | "begunAt" | "endedAt"> {
  plannedStartMs: number | null;
  plannedEndMs: number | null;
  begunAtMs: number | null;
  endedAtMs: number | null;
}

export interface JobPage {
  afterId: string | undefined;
  line: string | undefined;
  order: string | undefined;
  product: string | undefined;
  state: readonly string[] | undefined;
  /** Jobs that held a slot in this range, or have not begun and are planned in it. */
  fromMs: number | undefined;
  toMs: number | undefined;
  limit: number;
}

const columns = `
  j.id, j.production_order AS "order", j.operation, j.line, j.quantity::text, j.planned_start,
  j.planned_end, j.state, j.sequence, j.version, o.product, held.slot, held.phase, ran.begun, ran.ended,
  (SELECT count(*)::int FROM job_conflict c JOIN job_fact f ON f.command = c.command WHERE f.job = j.id)
    AS conflicts`;

const from = `
  FROM job j
  JOIN production_order o ON o.id = j.production_order
  LEFT JOIN LATERAL (
    SELECT s.slot, i.phase FROM job_interval i JOIN capacity_slot s ON s.key = i.slot_key
     WHERE i.job = j.id AND i.to_ts IS NULL
  ) held ON true
  LEFT JOIN LATERAL (
    SELECT min(i.from_ts) AS begun, CASE WHEN bool_and(i.to_ts IS NOT NULL) THEN max(i.to_ts) END AS ended
      FROM job_interval i WHERE i.job = j.id
  ) ran ON true`;

/** Jobs in order of their ids, at most `limit`. */
export async function readJobs(db: Transaction, page: JobPage): Promise<JobRow[]> {
  const { rows } = await db.query<RawJob>(
    `SELECT ${columns} ${from}
      WHERE ($1::text IS NULL OR j.id > $1)
        AND ($2::text IS NULL OR j.line = $2)
        AND ($3::text IS NULL OR j.production_order = $3)
        AND ($4::text IS NULL OR o.product = $4)
        AND ($5::text[] IS NULL OR j.state = ANY($5))
        AND ($6::timestamptz IS NULL
          OR EXISTS (SELECT FROM job_interval i WHERE i.job = j.id AND i.from_ts < $7
                        AND (i.to_ts IS NULL OR i.to_ts > $6))
          OR (ran.begun IS NULL AND j.planned_start < $7 AND coalesce(j.planned_end, 'infinity') > $6))
      ORDER BY j.id LIMIT $8`,
    [
      page.afterId ?? null,
      page.line ?? null,
      page.order ?? null,
      page.product ?? null,
      page.state ?? null,
      page.fromMs === undefined ? null : new Date(page.fromMs),
      page.toMs === undefined ? null : new Date(page.toMs),
      page.limit,
    ],
  );
  return rows.map(jobOf);
}

export async function readJob(db: Transaction, id: string): Promise<JobRow | undefined> {
  const { rows } = await db.query<RawJob>(`SELECT ${columns} ${from} WHERE j.id = $1`, [id]);
  return rows.map(jobOf)[0];
}

/** Jobs of a line's dispatch queue, the first one first. */
export async function readDispatchQueue(db: Transaction, line: string): Promise<JobRow[]> {
  const { rows } = await db.query<RawJob>(
    `SELECT ${columns} ${from} WHERE j.line = $1 AND j.state = 'Ready' ORDER BY j.sequence, j.id`,
    [line],
  );
  return rows.map(jobOf);
}

interface RawJob extends Omit<
  JobRow,
  "quantity" | "plannedStartMs" | "plannedEndMs" | "begunAtMs" | "endedAtMs"
> {
  quantity: string;
  planned_start: Date | null;
  planned_end: Date | null;
  begun: Date | null;
  ended: Date | null;
}

function jobOf({ quantity, planned_start, planned_end, begun, ended, ...row }: RawJob): JobRow {
  return {
    ...row,
    quantity: Number(quantity),
    plannedStartMs: msOf(planned_start),
    plannedEndMs: msOf(planned_end),
    begunAtMs: msOf(begun),
    endedAtMs: msOf(ended),
  };
}

function msOf(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}
