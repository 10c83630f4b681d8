import { createHash } from "node:crypto";
import type { CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool, PoolClient } from "pg";
import { insertCommand } from "../store/insertCommand.ts";
import { readCommandAnswer } from "../store/readCommandAnswer.ts";
import { transaction } from "../store/transaction.ts";

/** What a change may do, and by whom and when it was asked for. Times are plant time. */
export interface Change {
  tx: PoolClient;
  commandId: string;
  actor: string;
  occurredAtMs: number;
  nowMs: number;
}

export interface ChangeRequest extends CommandEnvelope {
  commandId: string;
}

/** The id belongs to a command that asked for something else. */
export class CommandIdInUse extends Error {}

/** It is said to have happened later than now. */
export class OccursInFuture extends Error {}

/** Clocks of consoles and servers differ a little. */
const clockSkewMsMax = 5_000;

/**
 * Carries a command out in one transaction, together with the row that remembers it. One that came
 * before changes nothing and is answered as it was then; one that `work` refuses (throws) leaves no row,
 * so that it may be sent again.
 *
 * @throws {CommandIdInUse | OccursInFuture}, and what `work` throws.
 */
export async function carryOut<Answer>(
  { pool, clock }: { pool: Pool; clock: Pick<PlantClock, "now"> },
  command: { kind: string; subject: string; request: ChangeRequest },
  work: (change: Change) => Promise<Answer>,
): Promise<Answer> {
  const { kind, subject, request } = command;
  const { commandId, ...body } = request;
  const nowMs = clock.now();
  const occurredAtMs = request.occurredAt === undefined ? nowMs : Date.parse(request.occurredAt);
  const digest = digestOf({ kind, subject, body });
  return transaction(pool, async (tx) => {
    const known = await readCommandAnswer(tx, commandId);
    if (known !== undefined) {
      if (known.digest !== digest) throw new CommandIdInUse(commandId);
      return known.answer as Answer;
    }
    if (occurredAtMs > nowMs + clockSkewMsMax) {
      throw new OccursInFuture(
        `${new Date(occurredAtMs).toISOString()} is after ${new Date(nowMs).toISOString()}.`,
      );
    }
    const change: Change = { tx, commandId, actor: request.actor, occurredAtMs, nowMs };
    const answer = await work(change);
    await insertCommand(tx, {
      id: commandId,
      kind,
      actor: request.actor,
      occurredAtMs,
      receivedAtMs: nowMs,
      subject,
      body,
      digest,
      answer,
    });
    return answer;
  });
}

function digestOf(command: { kind: string; subject: string; body: object }): string {
  return createHash("sha256").update(canonical(command)).digest("hex");
}

/** JSON whose keys are in order, so that equal commands have equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
