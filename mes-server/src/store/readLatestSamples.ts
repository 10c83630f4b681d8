import type { Pool } from "pg";
import type { LatestSample } from "../commit/committed.ts";

/** Sparkplug B datatype Boolean: a bit is kept as 0 or 1. */
const booleanDatatype = 11;

interface Row {
  id: string;
  datatype: number;
  ts: Date;
  gateway_ts: Date;
  quality: number;
  value: number | null;
  text: string | null;
}

/** The newest sample of each of these signals; one short index scan a signal. */
export async function readLatestSamples(
  pool: Pool,
  signalKeys: readonly number[],
): Promise<LatestSample[]> {
  const { rows } = await pool.query<Row>(
    `SELECT s.id, s.datatype, newest.ts, newest.gateway_ts, newest.quality, newest.value, newest.text
       FROM signal s
      CROSS JOIN LATERAL (
        SELECT ts, gateway_ts, quality, value, text
          FROM sample
         WHERE signal = s.key
         ORDER BY ts DESC
         LIMIT 1
      ) newest
      WHERE s.key = ANY($1)`,
    [signalKeys],
  );
  return rows.map((row) => ({
    signal: row.id,
    value: valueOf(row),
    quality: row.quality,
    sourceTimeMs: row.ts.getTime(),
    gatewayTimeMs: row.gateway_ts.getTime(),
  }));
}

function valueOf({ datatype, value, text }: Row): LatestSample["value"] {
  if (text !== null) return text;
  if (value === null) return null;
  return datatype === booleanDatatype ? value !== 0 : value;
}
