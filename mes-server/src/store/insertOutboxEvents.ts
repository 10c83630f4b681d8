import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import type { Transaction } from "./statement.ts";

/** Domain events go out after commit, in the order of this table. */
export async function insertOutboxEvents(
  tx: Transaction,
  events: readonly DomainEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.query({
    name: "insertOutboxEvents",
    text: `INSERT INTO outbox (at, kind, equipment, data)
           SELECT at, kind, equipment, data::jsonb
             FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[])
               WITH ORDINALITY AS e(at, kind, equipment, data, place)
            ORDER BY place`,
    values: [
      events.map(({ atMs }) => new Date(atMs)),
      events.map(({ kind }) => kind),
      events.map(({ equipment }) => equipment),
      events.map(({ data }) => JSON.stringify(data)),
    ],
  });
}
