import type { MapOutcome } from "@only-mes/protocols/gateway/messages";
import type { Pool } from "pg";

export interface GatewayMemberRow {
  gateway: string;
  member: string;
  revision: number | null;
  digest: string;
  outcome: MapOutcome | null;
  heardAtMs: number;
  /** It has the lease, if its gateway has one that has not run out. */
  isActive: boolean | null;
}

/** The members that have been heard of, of all gateways or of one. */
export async function readGatewayMembers(
  pool: Pool,
  gateway?: string,
): Promise<GatewayMemberRow[]> {
  const { rows } = await pool.query<Omit<GatewayMemberRow, "heardAtMs"> & { heard_at: Date }>(
    `SELECT m.gateway, m.member, m.revision, m.digest, m.outcome, m.heard_at,
            l.holder = m.member AND l.until > clock_timestamp() AS "isActive"
       FROM gateway_member m LEFT JOIN gateway_lease l ON l.gateway = m.gateway
      WHERE $1::text IS NULL OR m.gateway = $1
      ORDER BY m.gateway, m.member`,
    [gateway ?? null],
  );
  return rows.map(({ heard_at, ...row }) => ({ ...row, heardAtMs: heard_at.getTime() }));
}
