import type { Transaction } from "./statement.ts";

export interface MeasurementFact {
  id: string;
  /** Its own id, or that of the measurement which it corrects. */
  subject: string;
  characteristic: string;
  equipment: string;
  takenAtMs: number;
  /** `null`: it could not be taken. */
  readings: readonly number[] | null;
  inspected: number | null;
  saidAtMs: number;
  knownAtMs: number;
  actor: string;
  isWithdrawn: boolean;
  note: string;
}

export async function insertMeasurements(
  tx: Transaction,
  facts: readonly MeasurementFact[],
): Promise<void> {
  await tx.query(
    `INSERT INTO measurement (id, subject, characteristic, equipment, taken_at, readings, inspected,
                              said_at, known_at, actor, is_withdrawn, note)
     SELECT id, subject, characteristic, equipment, taken_at, readings::float8[], inspected,
            said_at, known_at, actor, is_withdrawn, note
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
                   $7::int[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::boolean[],
                   $12::text[])
            AS m(id, subject, characteristic, equipment, taken_at, readings, inspected, said_at,
                 known_at, actor, is_withdrawn, note)`,
    [
      facts.map(({ id }) => id),
      facts.map(({ subject }) => subject),
      facts.map(({ characteristic }) => characteristic),
      facts.map(({ equipment }) => equipment),
      facts.map(({ takenAtMs }) => new Date(takenAtMs)),
      facts.map(({ readings }) => arrayText(readings)),
      facts.map(({ inspected }) => inspected),
      facts.map(({ saidAtMs }) => new Date(saidAtMs)),
      facts.map(({ knownAtMs }) => new Date(knownAtMs)),
      facts.map(({ actor }) => actor),
      facts.map(({ isWithdrawn }) => isWithdrawn),
      facts.map(({ note }) => note),
    ],
  );
}

/** Arrays of arrays must be of one length; their text need not. */
export function arrayText(readings: readonly number[] | null): string | null {
  return readings === null ? null : `{${readings.join(",")}}`;
}
