import type { DowntimeFact } from "../domain/calendar/fold-downtime.ts";
import type { Transaction } from "./statement.ts";

export async function insertPlannedDowntimeFact(
  tx: Transaction,
  downtime: string,
  fact: DowntimeFact,
): Promise<void> {
  const { fromMs, toMs } = fact;
  await tx.query(
    `INSERT INTO planned_downtime_fact (command, downtime, kind, from_ts, to_ts, note, cancelled, occurred_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      fact.command,
      downtime,
      fact.kind ?? null,
      fromMs === undefined ? null : new Date(fromMs),
      toMs === undefined ? null : new Date(toMs),
      fact.note ?? null,
      fact.cancelled,
      new Date(fact.occurredAtMs),
    ],
  );
}

/** What was said of a planned downtime, the planning of it included. */
export async function readPlannedDowntimeFacts(
  tx: Transaction,
  downtime: string,
): Promise<DowntimeFact[]> {
  const { rows } = await tx.query<{
    command: string;
    kind: NonNullable<DowntimeFact["kind"]> | null;
    from_ts: Date | null;
    to_ts: Date | null;
    note: string | null;
    cancelled: boolean;
    occurred_at: Date;
  }>("SELECT * FROM planned_downtime_fact WHERE downtime = $1", [downtime]);
  return rows.map(({ command, kind, from_ts, to_ts, note, cancelled, occurred_at }) => ({
    command,
    ...(kind !== null && { kind }),
    ...(from_ts !== null && { fromMs: from_ts.getTime() }),
    ...(to_ts !== null && { toMs: to_ts.getTime() }),
    ...(note !== null && { note }),
    cancelled,
    occurredAtMs: occurred_at.getTime(),
  }));
}
