import type { ErrorTable } from "./table.ts";

/** Errors of any command, whatever it changes. */
export const changeErrors = {
  body_invalid: {
    status: 400,
    what: "A field of the body has a value that it cannot have.",
    action: "Correct the field that `field` names; /api/openapi.json says what it takes.",
  },
  command_id_missing: {
    status: 400,
    what: "A command came without an id, so that nobody could tell a repeated one from a new one.",
    action:
      "Send `commandId` in the body or the header `Idempotency-Key`, made anew for each command.",
  },
  command_ids_differ: {
    status: 400,
    what: "`commandId` of the body and the header `Idempotency-Key` are not the same.",
    action: "Send one of them, or both alike.",
  },
  command_id_in_use: {
    status: 409,
    what: "The id of this command belongs to an earlier one that asked for something else.",
    action: "Make a new id; repeat an old one only with the same body.",
  },
  occurs_in_future: {
    status: 422,
    what: "The command says that it happened later than now.",
    action: "Correct `occurredAt`, or the clock of whoever sends it.",
  },
  version_overtaken: {
    status: 409,
    what: "Somebody else has changed this since it was read.",
    action: "Read it again, and send its `version` as `expectedVersion`.",
  },
} as const satisfies ErrorTable;
