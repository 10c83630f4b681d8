import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";
import { machineStates } from "../plant/machine-state.ts";

/** Alarms after ISA-18.2: what is watched for, what happened, and what operators have done about it. */
export const alarmPriorities = ["critical", "high", "medium", "low"] as const;
export const alarmPriority = z.enum(alarmPriorities);
export type AlarmPriority = z.infer<typeof alarmPriority>;

/** The limits of one measured value, each an alarm of its own: `<definition>.<level>`. */
export const alarmLevels = ["hihi", "hi", "lo", "lolo"] as const;
export type AlarmLevel = (typeof alarmLevels)[number];

/** The states of an alarm (ISA-18.2, figure of the alarm state transitions). */
export const alarmStates = [
  "normal",
  "unacknowledged",
  "acknowledged",
  "returnedUnacknowledged",
  "shelved",
  "suppressedByDesign",
  "outOfService",
] as const;
export const alarmState = z.enum(alarmStates);
export type AlarmState = z.infer<typeof alarmState>;

/** What operators and engineers do to an alarm. */
export const alarmActions = [
  "acknowledge",
  "shelve",
  "unshelve",
  "suppress",
  "unsuppress",
  "removeFromService",
  "returnToService",
] as const;
export type AlarmAction = (typeof alarmActions)[number];

/** The kinds of an andon call; an alarm may raise one. */
export const callKinds = ["help", "material", "maintenance", "quality", "safety"] as const;
export const callKind = z.enum(callKinds);
export type CallKind = z.infer<typeof callKind>;

const dayMs = 86_400_000;

const alarmLimit = z.strictObject({
  at: z.number().describe("In the signal's unit; the alarm is raised at this value and beyond."),
  priority: alarmPriority.optional().describe("The definition's own priority if absent."),
});

export type AlarmLimit = z.infer<typeof alarmLimit>;

export const alarmCondition = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("limits"),
    hihi: alarmLimit.optional(),
    hi: alarmLimit.optional(),
    lo: alarmLimit.optional(),
    lolo: alarmLimit.optional(),
    deadband: z
      .number()
      .nonnegative()
      .default(0)
      .describe("It returns only when the value is this far back inside of the limit."),
  }),
  z.strictObject({
    kind: z.literal("status"),
    when: z.boolean().default(true).describe("The value of the bit that is the alarm."),
  }),
  z.strictObject({
    kind: z.literal("code"),
    codes: z
      .array(z.int())
      .min(1)
      .max(256)
      .describe("Codes of a stopCode signal, or of any other."),
  }),
  z.strictObject({
    kind: z.literal("state"),
    states: z
      .array(z.enum(machineStates))
      .min(1)
      .describe("Of the unit; use onDelayMs for how long."),
  }),
  z.strictObject({
    kind: z.literal("rate"),
    perMinute: z.number().positive().describe("From one reading to the next one."),
    direction: z.enum(["rising", "falling", "either"]).default("either"),
  }),
  z.strictObject({ kind: z.literal("unreadable") }),
]);

export type AlarmCondition = z.infer<typeof alarmCondition>;

/** What an engineer sets of an alarm. */
export const alarmSettings = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(80)
    .describe("What is wrong, as the operator calls it: `Temperature`."),
  signal: z
    .string()
    .max(200)
    .optional()
    .describe("Whole id of a signal of the unit; a state alarm watches the unit's machineState."),
  condition: alarmCondition,
  onDelayMs: z
    .int()
    .min(0)
    .max(dayMs)
    .default(0)
    .describe("How long the condition must last, in source time, before the alarm is raised."),
  offDelayMs: z.int().min(0).max(dayMs).default(0).describe("How long it must be over to return."),
  priority: alarmPriority,
  consequence: z.string().max(500).default("").describe("What happens if nobody responds."),
  response: z.string().max(500).default("").describe("What the operator is to do."),
  shelveMaxMs: z
    .int()
    .min(60_000)
    .max(7 * dayMs)
    .default(8 * 3_600_000)
    .describe("It may be shelved for no longer than this at a time."),
  andon: callKind.optional().describe("Raises an andon call of this kind when it is raised."),
});

export type AlarmSettings = z.infer<typeof alarmSettings>;

export const alarmDefinition = alarmSettings.extend({
  id: z.string().describe("<line>.<unit>.<name>"),
  line: z.string(),
  unit: z.string(),
  version: z.int(),
  validFrom: z.iso.datetime(),
  retired: z.boolean().describe("It watches no more; what happened stays."),
});

export type AlarmDefinition = z.infer<typeof alarmDefinition>;

export const alarmDefinitionPut = commandEnvelope.extend(alarmSettings.shape);
export const alarmDefinitionPatch = commandEnvelope.extend({
  ...z.strictObject(alarmSettings.shape).partial().shape,
  // A default would change what the patch does not name.
  onDelayMs: z.int().min(0).max(dayMs).optional(),
  offDelayMs: z.int().min(0).max(dayMs).optional(),
  consequence: z.string().max(500).optional(),
  response: z.string().max(500).optional(),
  shelveMaxMs: z
    .int()
    .min(60_000)
    .max(7 * dayMs)
    .optional(),
});

export const alarmDefinitionImport = commandEnvelope.extend({
  csv: z.string().min(1).describe("As GET /alarm-definitions?format=csv writes it."),
  dryRun: z.boolean().default(false),
});

export const alarmDefinitionImported = z.object({
  dryRun: z.boolean(),
  created: z.int(),
  changed: z.int(),
  unchanged: z.int(),
});

/** An alarm as it stands. */
export const alarm = z.object({
  id: z.string(),
  definition: z.string(),
  level: z.enum(alarmLevels).nullable(),
  name: z.string(),
  line: z.string(),
  unit: z.string(),
  priority: alarmPriority,
  state: alarmState,
  since: z.iso.datetime().describe("When it came into this state."),
  active: z.boolean().describe("Its condition holds, whatever its state."),
  raisedAt: z.iso.datetime().nullable().describe("Of its last occurrence."),
  shelvedUntil: z.iso.datetime().nullable(),
  consequence: z.string(),
  response: z.string(),
});

export type Alarm = z.infer<typeof alarm>;

export const alarmOccurrence = z.object({
  alarm: z.string(),
  name: z.string(),
  line: z.string(),
  unit: z.string(),
  priority: alarmPriority,
  raisedAt: z.iso.datetime(),
  clearedAt: z.iso.datetime().nullable(),
  value: z.number().nullable().describe("The reading that it was raised by."),
  shown: z
    .boolean()
    .describe("False: it was shelved, suppressed or out of service, so nobody was told."),
  late: z.boolean().describe("It was known only after it was over, from late samples."),
  acknowledgedAt: z.iso.datetime().nullable(),
  acknowledgedBy: z.string().nullable(),
  comment: z.string().nullable(),
});

export type AlarmOccurrence = z.infer<typeof alarmOccurrence>;

const comment = z.string().max(500).optional();

export const alarmChange = commandEnvelope.extend({ comment });
export const alarmShelving = alarmChange.extend({
  until: z.iso.datetime().describe("It returns by itself then; bounded by the definition."),
});

const many = { alarms: z.array(z.string().min(1).max(260)).min(1).max(500) };
export const alarmsChange = alarmChange.extend(many);
export const alarmsShelving = alarmShelving.extend(many);

export const alarmsChanged = z.object({
  changed: z.array(alarm),
  refused: z.array(z.object({ alarm: z.string(), code: z.string(), message: z.string() })),
});

export type AlarmsChanged = z.infer<typeof alarmsChanged>;

export const alarmFlood = z.object({
  line: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime().nullable(),
  alarms: z.int(),
});

export const alarmStatistics = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  raised: z.int(),
  perHour: z.number().describe("Alarms raised an hour; ISA-18.2 holds 6 an hour for manageable."),
  peakPerTenMinutes: z.int(),
  byPriority: z.record(alarmPriority, z.int()),
  floods: z.array(alarmFlood),
  inFloodShare: z.number().describe("Share of the time in which a line was in a flood."),
  standing: z.array(z.object({ alarm: z.string(), since: z.iso.datetime() })),
  chattering: z.array(z.object({ alarm: z.string(), mostPerMinute: z.int() })),
  topTen: z.array(z.object({ alarm: z.string(), raised: z.int(), share: z.number() })),
});

export type AlarmStatistics = z.infer<typeof alarmStatistics>;
