import type { FoldedAlarm } from "../domain/alarms/alarmFold.ts";
import type { Transaction } from "./statement.ts";

/** Writes what the fold of alarms came to: where each stands, and what became of its occurrences. */
export async function saveFoldedAlarms(
  tx: Transaction,
  folded: readonly (FoldedAlarm & { id: string })[],
): Promise<void> {
  if (folded.length === 0) return;
  const occurrences = folded.flatMap(({ id, occurrences }) =>
    occurrences.map((occurrence) => ({ alarm: id, ...occurrence })),
  );
  if (occurrences.length > 0) {
    await tx.query({
      name: "saveFoldedOccurrences",
      text: `UPDATE alarm_occurrence o
                SET before_state = n.before_state, before_since = n.before_since,
                    before_until = n.before_until, acknowledged_at = n.acknowledged_at,
                    acknowledged_by = n.acknowledged_by, comment = n.comment
               FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::timestamptz[],
                           $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[])
                 AS n(alarm, raised_at, before_state, before_since, before_until,
                      acknowledged_at, acknowledged_by, comment)
              WHERE o.alarm = n.alarm AND o.raised_at = n.raised_at`,
      values: [
        occurrences.map(({ alarm }) => alarm),
        occurrences.map(({ raisedAtMs }) => new Date(raisedAtMs)),
        occurrences.map(({ before }) => before.state),
        occurrences.map(({ before }) => new Date(before.sinceMs)),
        occurrences.map(({ before }) => dateOf(before.shelvedUntilMs)),
        occurrences.map(({ acknowledged }) => dateOf(acknowledged?.atMs ?? null)),
        occurrences.map(({ acknowledged }) => acknowledged?.by ?? null),
        occurrences.map(({ acknowledged }) => acknowledged?.comment ?? null),
      ],
    });
  }
  await tx.query({
    name: "saveAlarmStands",
    text: `UPDATE alarm a
              SET state = n.state, since = n.since, shelved_until = n.shelved_until,
                  is_active = n.raised_at IS NOT NULL AND n.is_active, raised_at = n.raised_at
             FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
                         $5::timestamptz[], $6::boolean[])
               AS n(id, state, since, shelved_until, raised_at, is_active)
            WHERE a.id = n.id`,
    values: [
      folded.map(({ id }) => id),
      folded.map(({ stand }) => stand.state),
      folded.map(({ stand }) => new Date(stand.sinceMs)),
      folded.map(({ stand }) => dateOf(stand.shelvedUntilMs)),
      folded.map(({ occurrences }) => dateOf(occurrences.at(-1)?.raisedAtMs ?? null)),
      folded.map(({ occurrences }) => occurrences.at(-1)?.clearedAtMs === null),
    ],
  });
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
