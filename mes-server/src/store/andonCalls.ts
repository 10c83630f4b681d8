import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { CallAction, CallState } from "@only-mes/protocols/console/andon";
import type { CallStep, FoldedCall } from "../domain/andon/callStates.ts";
import type { Transaction } from "./statement.ts";

export interface CallRow extends FoldedCall {
  id: string;
  line: string;
  unit: string | null;
  kind: CallKind;
  note: string;
  raisedAtMs: number;
  raisedBy: string;
  alarm: string | null;
  /** Name of the unit, or of the line. */
  place: string;
  escalations: { step: number; atMs: number; to: string[] }[];
}

export interface CallFilter {
  id?: string | undefined;
  line?: string | undefined;
  kind?: CallKind | undefined;
  state?: CallState | undefined;
  /** Not resolved, not cancelled. */
  isOpen?: boolean | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  before?: { raisedAtMs: number; id: string } | undefined;
  limit: number;
}

/** Andon calls, the last raised first. */
export async function readCalls(db: Transaction, filter: CallFilter): Promise<CallRow[]> {
  const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));
  const { rows } = await db.query<{
    id: string;
    line: string;
    unit: string | null;
    kind: CallKind;
    note: string;
    raised_at: Date;
    raised_by: string;
    alarm: string | null;
    state: CallState;
    since: Date;
    acknowledged_at: Date | null;
    acknowledged_by: string | null;
    arrived_at: Date | null;
    ended_at: Date | null;
    place: string;
    escalations: { step: number; atMs: number; to: string[] }[] | null;
  }>(
    `SELECT c.*, coalesce(u.name, l.name, c.line) AS place,
            (SELECT json_agg(json_build_object('step', e.step, 'to', e.told_to,
                      'atMs', (extract(epoch FROM e.at) * 1000)::bigint) ORDER BY e.step)
               FROM escalation e WHERE e.call = c.id) AS escalations
       FROM andon_call c
       LEFT JOIN unit u ON u.id = c.unit
       LEFT JOIN line l ON l.id = c.line
      WHERE ($1::text IS NULL OR c.id = $1)
        AND ($2::text IS NULL OR c.line = $2)
        AND ($3::text IS NULL OR c.kind = $3)
        AND ($4::text IS NULL OR c.state = $4)
        AND ($5::boolean IS NULL OR (c.ended_at IS NULL) = $5)
        AND ($6::timestamptz IS NULL OR c.raised_at >= $6)
        AND ($7::timestamptz IS NULL OR c.raised_at < $7)
        AND ($8::timestamptz IS NULL OR (c.raised_at, c.id) < ($8, $9))
      ORDER BY c.raised_at DESC, c.id DESC LIMIT $10`,
    [
      filter.id ?? null,
      filter.line ?? null,
      filter.kind ?? null,
      filter.state ?? null,
      filter.isOpen ?? null,
      date(filter.fromMs),
      date(filter.toMs),
      date(filter.before?.raisedAtMs),
      filter.before?.id ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    line: row.line,
    unit: row.unit,
    kind: row.kind,
    note: row.note,
    raisedAtMs: row.raised_at.getTime(),
    raisedBy: row.raised_by,
    alarm: row.alarm,
    state: row.state,
    sinceMs: row.since.getTime(),
    acknowledgedAtMs: row.acknowledged_at?.getTime() ?? null,
    acknowledgedBy: row.acknowledged_by,
    arrivedAtMs: row.arrived_at?.getTime() ?? null,
    endedAtMs: row.ended_at?.getTime() ?? null,
    place: row.place,
    escalations: row.escalations ?? [],
  }));
}

/** The steps of a call, whose row is locked until the end of the transaction. */
export async function lockCallSteps(tx: Transaction, call: string): Promise<CallStep[]> {
  await tx.query("SELECT FROM andon_call WHERE id = $1 FOR UPDATE", [call]);
  const { rows } = await tx.query<{
    id: string;
    action: CallAction;
    occurred_at: Date;
    actor: string;
  }>("SELECT id, action, occurred_at, actor FROM andon_step WHERE call = $1", [call]);
  return rows.map(({ occurred_at, ...step }) => ({ ...step, occurredAtMs: occurred_at.getTime() }));
}

export async function insertCallStep(
  tx: Transaction,
  call: string,
  { id, action, occurredAtMs, actor }: CallStep,
  { note, knownAtMs }: { note: string | null; knownAtMs: number },
): Promise<void> {
  await tx.query(
    `INSERT INTO andon_step (call, id, action, occurred_at, known_at, actor, note)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [call, id, action, new Date(occurredAtMs), new Date(knownAtMs), actor, note],
  );
}

export async function saveFoldedCall(
  tx: Transaction,
  call: string,
  folded: FoldedCall,
): Promise<void> {
  const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  await tx.query(
    `UPDATE andon_call SET state = $2, since = $3, acknowledged_at = $4, acknowledged_by = $5,
                           arrived_at = $6, ended_at = $7 WHERE id = $1`,
    [
      call,
      folded.state,
      new Date(folded.sinceMs),
      date(folded.acknowledgedAtMs),
      folded.acknowledgedBy,
      date(folded.arrivedAtMs),
      date(folded.endedAtMs),
    ],
  );
}
