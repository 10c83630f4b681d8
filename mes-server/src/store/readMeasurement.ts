import type { Transaction } from "./statement.ts";

export interface MeasurementPlace {
  characteristic: string;
  equipment: string;
  takenAtMs: number;
}

/** What a measurement, taken by hand or picked from a signal, is about; `undefined` if there is none. */
export async function readMeasurement(
  db: Transaction,
  id: string,
): Promise<MeasurementPlace | undefined> {
  const { rows } = await db.query<{ characteristic: string; equipment: string; taken_at: Date }>(
    `SELECT characteristic, equipment, taken_at FROM measurement WHERE id = $1 AND id = subject
     UNION ALL
     SELECT characteristic, equipment, taken_at FROM signal_measurement WHERE id = $1`,
    [id],
  );
  const [row] = rows;
  return row === undefined
    ? undefined
    : {
        characteristic: row.characteristic,
        equipment: row.equipment,
        takenAtMs: row.taken_at.getTime(),
      };
}
