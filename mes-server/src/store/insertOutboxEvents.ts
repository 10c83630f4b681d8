import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { Transaction } from "./statement.ts";

/** What an event may say at most; receivers are told how much it was, and read the rest themselves. */
const dataBytesMax = 65_536;

/**
 * Domain events go out after commit, in the order of this table. The transaction has its number before
 * it takes an id: streams/outboxHorizon.ts rests on that.
 */
export async function insertOutboxEvents(
  tx: Transaction,
  events: readonly DomainEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.query({
    name: "insertOutboxEvents",
    text: `WITH numbered AS MATERIALIZED (SELECT pg_current_xact_id())
           INSERT INTO outbox (at, kind, equipment, data)
           SELECT at, kind, equipment, data::jsonb
             FROM numbered, unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[])
               WITH ORDINALITY AS e(at, kind, equipment, data, place)
            ORDER BY place`,
    values: [
      events.map(({ atMs }) => new Date(atMs)),
      events.map(({ kind }) => kind),
      events.map(({ equipment }) => equipment),
      events.map(({ data }) => boundedJson(data)),
    ],
  });
}

function boundedJson(data: unknown): string {
  const text = JSON.stringify(data);
  const bytes = Buffer.byteLength(text);
  return bytes <= dataBytesMax ? text : JSON.stringify({ tooLarge: true, bytes });
}
