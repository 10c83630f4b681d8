import type { SignalSubgroup } from "../domain/quality/signal-subgroups.ts";
import { arrayText } from "./insertMeasurements.ts";
import type { Transaction } from "./statement.ts";

/**
 * What was picked from a signal in a range is this now. Answers the time of the first one that is other
 * than it was; `undefined` if none is.
 */
export async function replaceSignalMeasurements(
  tx: Transaction,
  { characteristic, equipment, fromMs, toMs }: Picked,
  subgroups: readonly SignalSubgroup[],
): Promise<number | undefined> {
  const { rows } = await tx.query<{ first: Date | null }>(
    `WITH wanted AS (
       SELECT $1 || '@' || ms AS id, to_timestamp(ms / 1000.0) AS taken_at, readings::float8[] AS readings
         FROM unnest($5::bigint[], $6::text[]) AS w(ms, readings)
     ), gone AS (
       DELETE FROM signal_measurement s
        WHERE s.characteristic = $1 AND s.taken_at >= $3 AND s.taken_at < $4
          AND NOT EXISTS (SELECT FROM wanted w WHERE w.taken_at = s.taken_at)
       RETURNING s.taken_at
     ), put AS (
       INSERT INTO signal_measurement (id, characteristic, equipment, taken_at, readings)
       SELECT id, $1, $2, taken_at, readings FROM wanted
       ON CONFLICT (characteristic, taken_at) DO UPDATE
          SET readings = excluded.readings, equipment = excluded.equipment
        WHERE signal_measurement.readings <> excluded.readings
           OR signal_measurement.equipment <> excluded.equipment
       RETURNING taken_at
     )
     SELECT min(taken_at) AS first FROM (SELECT * FROM gone UNION ALL SELECT * FROM put) AS changed`,
    [
      characteristic,
      equipment,
      new Date(fromMs),
      new Date(toMs),
      subgroups.map(({ atMs }) => atMs),
      subgroups.map(({ values }) => arrayText(values)),
    ],
  );
  return rows[0]?.first?.getTime();
}

interface Picked {
  characteristic: string;
  equipment: string;
  fromMs: number;
  toMs: number;
}
