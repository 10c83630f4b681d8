import type { Transaction } from "./statement.ts";

export interface DeadLetter {
  atMs: number;
  source: string | null;
  topic: string;
  reason: string;
  detail: string;
  repeats: number;
  payload: Uint8Array | null;
}

export async function insertDeadLetters(
  tx: Transaction,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  await tx.query({
    text: `INSERT INTO dead_letter (at, source, topic, reason, detail, repeats, payload)
           SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[],
             $6::int[], $7::bytea[])`,
    values: [
      letters.map(({ atMs }) => new Date(atMs)),
      letters.map(({ source }) => source),
      letters.map(({ topic }) => storable(topic)),
      letters.map(({ reason }) => reason),
      letters.map(({ detail }) => storable(detail)),
      letters.map(({ repeats }) => repeats),
      letters.map(({ payload }) => (payload === null ? null : Buffer.from(payload))),
    ],
  });
}

/** What comes from outside may hold what text in PostgreSQL cannot. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").slice(0, 1000);
}
