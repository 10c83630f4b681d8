import type { Pool, PoolClient } from "pg";

export interface GatewayMapRow {
  revision: number;
  atMs: number;
  note: string;
  text: string;
}

/** One revision of a gateway's map; the newest if none is named. */
export async function readGatewayMap(
  pool: Pick<Pool | PoolClient, "query">,
  gateway: string,
  revision?: number,
): Promise<GatewayMapRow | undefined> {
  const { rows } = await pool.query<Omit<GatewayMapRow, "atMs"> & { at: Date }>(
    `SELECT revision, at, note, text FROM gateway_map
      WHERE gateway = $1 AND ($2::int IS NULL OR revision = $2::int)
      ORDER BY revision DESC LIMIT 1`,
    [gateway, revision ?? null],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { at, ...rest } = row;
  return { ...rest, atMs: at.getTime() };
}
