import type { SampleRows } from "../pipeline/sampleRows.ts";
import { binary, type Transaction } from "./statement.ts";

/** Works on every server, the embedded one included. */
export async function insertSamplesUnnest(tx: Transaction, { buffers }: SampleRows): Promise<void> {
  await tx.query({
    name: "insertSamplesUnnest",
    text: `INSERT INTO sample (signal, ordinal, ts, gateway_ts, epoch, sequence, value, quality, text)
           SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::timestamptz[],
             $5::bigint[], $6::bigint[], $7::float8[], $8::smallint[], $9::text[])`,
    values: buffers.map(binary),
  });
}
