import type { Pool } from "pg";

/** Topics on which the broker keeps a state of ours. */
export async function readUnsTopics(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ topic: string }>("SELECT topic FROM uns_topic");
  return rows.map(({ topic }) => topic);
}

/** Before a topic is used first: what the broker may keep is known even after a crash. */
export async function insertUnsTopics(
  pool: Pool,
  topics: readonly { topic: string; equipment: string; state: string }[],
): Promise<void> {
  await pool.query(
    `INSERT INTO uns_topic (topic, equipment, state)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT (topic) DO NOTHING`,
    [
      topics.map(({ topic }) => topic),
      topics.map(({ equipment }) => equipment),
      topics.map(({ state }) => state),
    ],
  );
}

export async function deleteUnsTopics(pool: Pool, topics: readonly string[]): Promise<void> {
  await pool.query("DELETE FROM uns_topic WHERE topic = ANY ($1)", [topics]);
}
