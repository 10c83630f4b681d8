import type { Pool } from "pg";

export interface GatewayMapRevision {
  revision: number;
  atMs: number;
  note: string;
}

/** The revisions of a gateway's map, the newest first, those below `below` if it is given. */
export async function readGatewayMapRevisions(
  pool: Pool,
  gateway: string,
  page: { below: number | undefined; limit: number },
): Promise<GatewayMapRevision[]> {
  const { rows } = await pool.query<{ revision: number; at: Date; note: string }>(
    `SELECT revision, at, note FROM gateway_map
      WHERE gateway = $1 AND ($2::int IS NULL OR revision < $2::int)
      ORDER BY revision DESC LIMIT $3`,
    [gateway, page.below ?? null, page.limit],
  );
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }));
}
