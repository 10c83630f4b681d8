import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";
import {
  equipmentAttributes,
  equipmentId,
  equipmentLevel,
  equipmentName,
  plantModelTextMax,
  unitSettings,
} from "../plant/plant-model.ts";
import { signalDefinition, signalRole } from "../plant/signal.ts";

/** Bodies of the plant model under `/api/v1`: equipment, and what signals are bound to. */
const instant = z.iso.datetime().describe("ISO 8601, UTC.");

export const equipmentPlace = z.object({
  parent: z.string(),
  from: instant.nullable().describe("null: for as long as anybody knows."),
  to: instant.nullable().describe("Not part of it; null: until further notice."),
});

export const equipment = z.object({
  id: z
    .string()
    .describe("<enterprise>/<site>/<area>; a line has a name of its own, a unit is <line>.<unit>."),
  level: equipmentLevel,
  name: z.string(),
  parent: z.string().nullable().describe("At the time that was asked for; null for an enterprise."),
  zone: z.string().nullable().describe("IANA time zone, of a site."),
  attributes: z.record(z.string(), z.string()),
  settings: unitSettings.describe("Of a unit: what the model says in place of births."),
  provisional: z.boolean().describe("A birth told of it, and no engineer has confirmed it yet."),
  retiredAt: instant.nullable(),
  version: z.int(),
});

export type Equipment = z.infer<typeof equipment>;

export const equipmentInFull = equipment.extend({
  places: z.array(equipmentPlace).describe("What it lay under, and when; the earliest first."),
});

export type EquipmentInFull = z.infer<typeof equipmentInFull>;

const zone = z.string().max(64).describe("IANA time zone, of a site.");

export const equipmentCreation = commandEnvelope.extend({
  id: equipmentId,
  level: equipmentLevel,
  name: equipmentName,
  parent: equipmentId.optional().describe("Needed for all but an enterprise."),
  from: instant
    .optional()
    .describe("Since when it lies there; for as long as anybody knows if absent."),
  zone: zone.optional(),
  attributes: equipmentAttributes.optional(),
  settings: unitSettings.optional(),
});

export const equipmentChange = commandEnvelope
  .extend({
    name: equipmentName.optional(),
    zone: zone.nullable().optional(),
    attributes: equipmentAttributes.optional().describe("All of them: those left out go."),
    settings: unitSettings.optional().describe("All of them: for those left out births say again."),
  })
  .describe("Any change, even one of nothing, confirms equipment that only a birth has told of.");

export const equipmentMove = commandEnvelope.extend({
  parent: equipmentId,
  from: instant
    .optional()
    .describe(
      "Since when it lies there, now or earlier; `occurredAt` if absent. What it lay under before stays.",
    ),
});

export const equipmentRetirement = commandEnvelope;

export const equipmentReinstatement = commandEnvelope.extend({
  parent: equipmentId.optional().describe("What it lay under last if absent."),
});

/** Lines that lay under equipment, and when within a range. */
export const lineUnder = z.object({ line: z.string(), from: instant, to: instant });

export const plantModelWanted = commandEnvelope.extend({
  text: z.string().min(1).max(plantModelTextMax).describe("The plant model, YAML."),
  dryRun: z
    .boolean()
    .default(false)
    .describe("Only validate, and say what would change; needs no command id."),
});

export const plantModelImport = z.object({
  result: z.enum(["imported", "unchanged", "dryRun"]),
  version: z.int().describe("Of the whole model, after it."),
  diff: z
    .array(z.string())
    .describe("+ new, ~ changed; equipment that the file does not name stays."),
});

export type PlantModelImport = z.infer<typeof plantModelImport>;

/** What a signal is to production, in place of what its birth tells. */
export const signalBindingWanted = commandEnvelope.extend({
  equipment: equipmentId.describe("A unit of the line whose device reads the signal."),
  role: signalRole,
  states: signalDefinition.shape.states.describe(
    "Of a machineState: the PackML state of each code.",
  ),
  modes: signalDefinition.shape.modes.describe("Of a machineMode: the mode of each code."),
  counterBits: signalDefinition.shape.counterBits.describe("Of a counter: where it rolls over."),
  maxRatePerSecond: signalDefinition.shape.maxRatePerSecond,
});

export const signalBinding = z.object({
  signal: z.string(),
  equipment: z.string().describe("The unit that it belongs to now."),
  role: signalRole,
  bound: z
    .object({ at: instant, version: z.int() })
    .nullable()
    .describe("null: its birth alone says what it is."),
  definition: signalDefinition.describe("What holds now."),
  born: signalDefinition.describe("What its birth tells."),
});

export type SignalBinding = z.infer<typeof signalBinding>;

export const unboundReasons = ["unitProvisional", "unitRetired", "unitLacksRole"] as const;

/** A signal that an engineer may still have to say something about. */
export const unboundSignal = z.object({
  signal: z.string(),
  unit: z.string(),
  line: z.string(),
  role: signalRole,
  datatype: z.string().describe("Of Sparkplug."),
  reasons: z
    .array(z.enum(unboundReasons))
    .describe(
      "unitProvisional: only a birth has told of its unit; unitRetired: its unit is retired; unitLacksRole: " +
        "its unit lacks a role that this signal could have.",
    ),
  missing: z
    .array(signalRole)
    .describe("Roles that its unit lacks and its datatype can carry: machineState, goodCount."),
});

export type UnboundSignal = z.infer<typeof unboundSignal>;
