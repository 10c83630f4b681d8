import type { SignalRole } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";

export interface SignalPlaceRow {
  id: string;
  unit: string;
  line: string;
  role: SignalRole;
  datatype: number;
  isBound: boolean;
  /** `unknown` to the plant model is told as provisional. */
  unitIs: "provisional" | "retired" | "confirmed";
  rolesOfUnit: SignalRole[];
}

/** The next signals in the order of their ids, each with its unit as the plant model has it. */
export async function readSignalPlaces(
  pool: Pool,
  of: { line?: string | undefined; unit?: string | undefined; after: string; limit: number },
): Promise<SignalPlaceRow[]> {
  const { rows } = await pool.query<SignalPlaceRow>(
    `SELECT s.id, s.unit, u.line, s.definition ->> 'role' AS role, s.datatype,
            (b.signal IS NOT NULL) AS "isBound",
            CASE WHEN coalesce(e.retired_at, l.retired_at) IS NOT NULL THEN 'retired'
                 WHEN e.source = 'model' THEN 'confirmed' ELSE 'provisional' END AS "unitIs",
            ARRAY(SELECT DISTINCT o.definition ->> 'role' FROM signal o WHERE o.unit = s.unit)
              AS "rolesOfUnit"
       FROM signal s
       JOIN unit u ON u.id = s.unit
       JOIN line l ON l.id = u.line
       LEFT JOIN equipment e ON e.id = s.unit AND e.level = 'unit'
       LEFT JOIN signal_binding b ON b.signal = s.key
      WHERE s.id > $1 AND ($2::text IS NULL OR u.line = $2) AND ($3::text IS NULL OR s.unit = $3)
      ORDER BY s.id LIMIT $4`,
    [of.after, of.line ?? null, of.unit ?? null, of.limit],
  );
  return rows;
}
