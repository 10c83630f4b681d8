import type { CountRows } from "../pipeline/laneTask.ts";
import { binary, type Transaction } from "./statement.ts";

export async function insertCountEvents(tx: Transaction, { buffers }: CountRows): Promise<void> {
  await tx.query({
    name: "insertCountEvents",
    text: `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
           SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[],
             $6::bigint[], $7::int[], $8::bigint[], $9::text[])`,
    values: buffers.map(binary),
  });
}
