import type { MapState } from "@only-mes/protocols/gateway/messages";
import type { Pool } from "pg";

/** Keeps what a member has said of its map. */
export async function saveGatewayMember(
  pool: Pool,
  said: { gateway: string; member: string; state: MapState; atMs: number },
): Promise<void> {
  const { revision, digest, outcome } = said.state;
  await pool.query(
    `INSERT INTO gateway_member (gateway, member, revision, digest, outcome, heard_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, $6)
     ON CONFLICT (gateway, member) DO UPDATE SET revision = excluded.revision,
       digest = excluded.digest, outcome = excluded.outcome, heard_at = excluded.heard_at`,
    [
      said.gateway,
      said.member,
      revision,
      digest,
      outcome === undefined ? null : JSON.stringify(outcome),
      new Date(said.atMs),
    ],
  );
}
