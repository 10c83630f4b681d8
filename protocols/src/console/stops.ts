import { z } from "zod";
import { stateInterval } from "./http.ts";
import { commandEnvelope } from "../events/command-envelope.ts";
import { machineStates, packmlStates } from "../plant/machine-state.ts";

/** Bodies of stops, their reasons and the rules of lines under `/api/v1`. Times are ISO 8601 in UTC. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");
const end = instant.nullable().describe("null while it lasts.");
const code = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/, "must be 1 to 64 of a-z, 0-9, - and _");
const equipment = z.string().min(1).max(200);
const note = z.string().max(500).default("").describe("Why, in words.");

export const lossClass = z
  .enum([
    "breakdown",
    "setup",
    "minorStop",
    "starved",
    "blocked",
    "material",
    "operator",
    "quality",
    "planned",
    "unobserved",
    "unassigned",
  ])
  .describe("Where its time goes in the waterfall of losses.");

export const stop = z.object({
  id: z.string().describe("<equipment>@<its begin in ms>"),
  equipment: z.string().describe("A line or a unit."),
  from: instant,
  to: end,
  durationMs: z.int().describe("How long it stood still; until now while it lasts."),
  parts: z
    .array(z.object({ from: instant, to: end }))
    .describe("When it stood still: several if stops were joined over short runs."),
  state: z
    .enum(machineStates)
    .describe("That it began with. Unknown: nobody saw what it did, which is no stop of it."),
  isMicrostop: z.boolean().describe("Shorter than the line's threshold."),
  reason: z.object({ code: z.string(), name: z.string() }).nullable(),
  reasonFrom: z.enum(["person", "stopCode"]).nullable(),
  lossClass,
  version: z.int().describe("How many edits touch it: send it as `expectedVersion`."),
});

export type StopItem = z.infer<typeof stop>;

export const stopEdit = z.object({
  id: z.string().describe("Of its command."),
  equipment: z.string(),
  kind: z.enum(["reason", "split", "merge", "undo"]),
  from: instant.describe("Of a split: where it cuts. Of an undo: as of what it undoes."),
  to: instant.nullable().describe("null: until the end of the stop that lasted then."),
  reason: z.string().nullable(),
  undoes: z.string().nullable(),
  isInForce: z.boolean().describe("It was not undone."),
  note: z.string(),
  actor: z.string(),
  occurredAt: instant,
  knownAt: instant.describe("When it was taken."),
});

export type StopEditItem = z.infer<typeof stopEdit>;

/** The times of a stop as its asker has seen them. */
const times = {
  equipment,
  from: instant,
  to: instant.nullable().describe("null: it still lasts."),
};

export const reasonGiven = commandEnvelope.extend({
  ...times,
  reason: code.describe("Code of the reason tree."),
  note,
});

export const stopSplit = commandEnvelope.extend({
  equipment,
  at: instant.describe("Within a stop: where its second part begins."),
  note,
});

export const stopsMerged = commandEnvelope.extend({
  ...times,
  reason: code.optional().describe("Of the whole; that of its first part which has one if absent."),
  note,
});

export const stopEditUndone = commandEnvelope.extend({
  edit: z.string().min(1).max(64).describe("Id of the edit, undos included."),
  note,
});

export const stopEdited = z.object({
  edit: z.string().describe("Its id, for undoing it."),
  stops: z.array(stop).describe("What became of the stops that it touches."),
});

export const reason = z.strictObject({
  code,
  name: z.string().min(1).max(80),
  parent: code.nullable().default(null).describe("The reason above; null for one at the top."),
  lossClass: lossClass.exclude(["unobserved", "unassigned"]),
  isRetired: z
    .boolean()
    .default(false)
    .describe("Not to be given any more; what it was given to keeps it."),
  equipment: z
    .array(equipment)
    .max(500)
    .default([])
    .describe("Ids of sites, areas, lines or units for which it may be given; empty: everywhere."),
});

export const stopCodeRule = z.strictObject({
  code: z.int().describe("What the device shows; 0 is no code."),
  reason: code,
  equipment: equipment
    .nullable()
    .default(null)
    .describe("A line or a unit; null: wherever nothing more exact is said."),
});

const treeBody = {
  reasons: z.array(reason).min(1).max(2_000),
  stopCodes: z
    .array(stopCodeRule)
    .max(20_000)
    .default([])
    .describe("Stop codes of devices, and the reasons that they stand for."),
};

export const reasonTreeWanted = commandEnvelope.extend({
  ...treeBody,
  note,
  dryRun: z.boolean().default(false).describe("Only check, and say what would change."),
});

export const reasonTree = z.object({
  version: z.int().describe("0: nobody has put one yet, this one is built in."),
  from: instant.describe("Stops that begin from here on are classed by it."),
  ...treeBody,
});

export const reasonTreeVersion = z.object({
  version: z.int(),
  from: instant,
  reasons: z.int().describe("How many."),
  stopCodes: z.int().describe("How many."),
});

export const reasonTreePut = z.object({
  version: z.int().describe("The newest one now."),
  result: z.enum(["put", "dryRun"]),
  diff: z.array(z.string()).describe("Against the newest version before."),
});

export const lineRuleBody = z.strictObject({
  microstopMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(300_000)
    .describe("Standing still for less than this is a microstop; at most an hour."),
  bottleneck: z
    .strictObject({
      units: z
        .array(equipment)
        .min(1)
        .max(200)
        .nullable()
        .default(null)
        .describe(
          "Units that make the line's state; null: those that the device map says pace it.",
        ),
      combine: z
        .enum(["parallel", "series"])
        .default("parallel")
        .describe("parallel: it runs while one of them does. series: only while all of them do."),
    })
    .default({ units: null, combine: "parallel" }),
  waitingStates: z
    .array(z.enum(packmlStates))
    .default([
      "Suspending",
      "Suspended",
      "Unsuspending",
      "Idle",
      "Starting",
      "Resetting",
      "Complete",
    ])
    .describe("States in which a unit may be starved or blocked by its neighbours."),
});

export const lineRuleWanted = commandEnvelope.extend({
  from: instant.optional().describe("From when on it holds; `occurredAt` if absent."),
  ...lineRuleBody.shape,
});

export const lineRule = lineRuleBody.extend({
  from: instant.nullable().describe("null: for as long as anybody knows."),
  to: instant.nullable().describe("null: until further notice."),
  version: z.int().describe("0: nobody has said anything, this is the default."),
});

export const unitStateInterval = stateInterval.extend({
  isUnexpected: z
    .literal(true)
    .optional()
    .describe("PackML does not lead here from the state before: a device map may be wrong."),
});

export const lineStateInterval = stateInterval.extend({
  cause: z
    .enum(["starved", "blocked"])
    .optional()
    .describe("What the machines that make the line's state waited for when it began."),
});

export const lineWait = z.object({
  unit: z.string(),
  kind: z
    .enum(["starved", "blocked"])
    .describe("starved: nothing came from upstream. blocked: nothing was taken downstream."),
  position: z.int().describe("Position of the machines that were down."),
  from: instant,
  to: end,
});
