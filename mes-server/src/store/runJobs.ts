import type { Pool } from "pg";

/** Runs the policies of our tables: the embedded database has no background workers to do so. */
export async function runJobs(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ job_id: number }>(
    `SELECT job_id FROM timescaledb_information.jobs
      WHERE hypertable_schema = 'public' AND proc_name IN ('policy_compression', 'policy_retention')
      ORDER BY job_id`,
  );
  for (const { job_id } of rows) await pool.query("CALL run_job($1::int)", [job_id]);
}
