import { z } from "zod";

/**
 * Commands of a host to a device, and their answers (docs/commands.md).
 *
 * The DBIRTH of a device that may be written to declares both metrics (String, JSON). A request comes
 * as a DCMD with the first one, the result goes out in a DDATA with the second one: through the
 * outbox, so it is lost by nobody.
 */
export const commandRequestMetric = "Command/Request";
export const commandResultMetric = "Command/Result";

/** Metrics of the protocol, not of the plant. */
export const commandMetricPrefix = "Command/";

/** Property of a signal's metric in a DBIRTH: what may be written to it, as JSON of {@link writeRule}. */
export const writeProperty = "Write";

export const timeToLiveMsMax = 600_000;
export const reasonLengthMax = 300;
const valueTextMax = 4096;

export const writeRule = z
  .strictObject({
    min: z.number().optional().describe("The least value, in engineering units."),
    max: z.number().optional().describe("The greatest value, in engineering units."),
    values: z
      .array(z.union([z.number(), z.boolean(), z.string().max(250)]))
      .min(1)
      .max(256)
      .optional()
      .describe("The only values that may be written."),
  })
  .describe("A host may write this value, within these limits. Absent: nobody may.");

export type WriteRule = z.infer<typeof writeRule>;

/** A 64-bit integer that a JSON number would round is a string of digits. */
const commandValue = z.union([z.number(), z.boolean(), z.string().max(valueTextMax)]);

export type CommandValue = z.infer<typeof commandValue>;

const signalName = z.string().min(3).max(130).describe("<unit>/<name>, as in the DBIRTH.");

const precondition = z
  .strictObject({
    signal: signalName.optional().describe("Of the same device; the written one if absent."),
    equals: commandValue.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .refine(
    ({ equals, min, max }) => equals !== undefined || min !== undefined || max !== undefined,
    "expects nothing: give equals, min or max",
  );

export type Precondition = z.infer<typeof precondition>;

export const commandRequest = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{8,64}$/, "an id is 8 to 64 of A-Z, a-z, 0-9, . _ : and -")
    .describe("Made by whoever asks; the same id is carried out at most once."),
  signal: signalName,
  value: commandValue.describe("In engineering units."),
  issuedAtMs: z.int().min(0).describe("When it was asked for, milliseconds since 1970."),
  timeToLiveMs: z
    .int()
    .min(1)
    .max(timeToLiveMsMax)
    .describe("It is not carried out later than this after issuedAtMs."),
  expect: z
    .array(precondition)
    .max(8)
    .optional()
    .describe("All of it must be so, by what was read last, just before the device is asked."),
  by: z.string().max(64).optional().describe("Who asks: a reference, never a person's name."),
  why: z.string().max(200).optional(),
});

export type CommandRequest = z.infer<typeof commandRequest>;

export const commandOutcomes = [
  /** Written, and read back as asked. */
  "done",
  /** Written, but the device holds another value. */
  "differs",
  /** Not carried out, by a rule of the gateway: see the code. */
  "refused",
  /** Not carried out: the device refused it, or could not be asked. */
  "failed",
  /** The device was asked and nobody knows what it did; it was not asked a second time. */
  "unknown",
] as const;

/** Why a command was refused. */
export const refusalCodes = [
  /** The request is not of the form that is documented. */
  "invalid",
  "unknownSignal",
  /** The device map has no `write` at this tag. */
  "notAllowed",
  /** Beyond the limits of the map, or of the device's type. */
  "valueNotAllowed",
  /** Its time was over. */
  "expired",
  /** It was asked for at a time that is still to come: the clocks of host and gateway differ. */
  "clock",
  /** It is older than what the gateway remembers, so it may have been carried out already. */
  "forgotten",
  "precondition",
  /** Too many commands wait for this device. */
  "busy",
  /** The same id came before with something else. */
  "idInUse",
  /** The device is not connected. */
  "notConnected",
  /** The gateway ended before it was its turn. */
  "notStarted",
  /** The gateway could not record it durably, so it did not begin. */
  "notRecorded",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

export const commandResult = z.object({
  id: z.string(),
  signal: z.string(),
  outcome: z.enum(commandOutcomes),
  code: z.enum(refusalCodes).optional().describe("With outcome refused."),
  reason: z
    .string()
    .max(reasonLengthMax)
    .optional()
    .describe("For a person: what was wrong, and what is allowed."),
  value: commandValue
    .optional()
    .describe("What the device holds, in engineering units; with done and differs."),
  endedAtMs: z.int(),
});

export type CommandResult = z.infer<typeof commandResult>;

/** 64-bit integers go as digits. */
export function asCommandValue(value: number | bigint | boolean | string): CommandValue {
  return typeof value === "bigint" ? value.toString() : value;
}
