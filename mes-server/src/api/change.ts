import { commandEnvelope, type CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { carryOut, CommandIdInUse, OccursInFuture, type Change } from "../changes/carryOut.ts";
import type { ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectNoLockedMark } from "./period-lock.ts";

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const commandId = commandEnvelope.shape.commandId.unwrap();

/** `preValidation` of every route that changes something. */
export function changesAllowed({ changesFrom }: Pick<ApiContext, "changesFrom">) {
  return async ({ ip }: { ip: string }): Promise<void> => {
    if (changesFrom === "own-machine" && !loopback.test(ip)) {
      throw new ApiFailure("change_from_afar", ip);
    }
  };
}

/**
 * Carries out what a request asks for: once, however often it comes (changes/carryOut).
 *
 * @throws {ApiFailure} of the command itself, and what `work` throws.
 */
export async function changed<Answer>(
  context: ApiContext,
  request: { headers: Record<string, unknown>; body: CommandEnvelope },
  { kind, subject }: { kind: string; subject: string },
  work: (change: Change) => Promise<Answer>,
): Promise<Answer> {
  const id = idOf(request);
  const command = { kind, subject, request: { ...request.body, commandId: id } };
  try {
    return await carryOut(context, command, async (change) => {
      const answer = await work(change);
      await expectNoLockedMark(change.tx);
      return answer;
    });
  } catch (error) {
    if (error instanceof CommandIdInUse) {
      throw new ApiFailure("command_id_in_use", `"${id}"`, "commandId");
    }
    if (error instanceof OccursInFuture) {
      throw new ApiFailure("occurs_in_future", error.message, "occurredAt");
    }
    throw error;
  }
}

/** @throws {ApiFailure} if the version that the asker has seen is no longer the one that is stored. */
export function expectVersion(expected: number | undefined, stored: number): void {
  if (expected !== undefined && expected !== stored) {
    throw new ApiFailure("version_overtaken", `It has version ${stored}.`, "expectedVersion");
  }
}

function idOf({ headers, body }: { headers: Record<string, unknown>; body: CommandEnvelope }) {
  const header = headers["idempotency-key"];
  const id = body.commandId ?? header;
  if (id === undefined) throw new ApiFailure("command_id_missing", undefined, "commandId");
  if (header !== undefined && header !== id) {
    throw new ApiFailure("command_ids_differ", undefined, "commandId");
  }
  const parsed = commandId.safeParse(id);
  if (!parsed.success) {
    throw new ApiFailure("body_invalid", parsed.error.issues[0]?.message, "Idempotency-Key");
  }
  return parsed.data;
}
