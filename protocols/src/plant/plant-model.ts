import { z } from "zod";
import { lineDefinition, slug, unitDefinition } from "./signal.ts";

/**
 * The plant model: the equipment hierarchy of ISA-95, as one file. This schema is the type and the
 * documentation; docs/plant-model.md has an example.
 */
export const equipmentLevels = ["enterprise", "site", "area", "line", "cell", "unit"] as const;

export const equipmentLevel = z.enum(equipmentLevels);

export type EquipmentLevel = z.infer<typeof equipmentLevel>;

/** Where each level may lie. */
export const parentLevels: Record<EquipmentLevel, readonly EquipmentLevel[]> = {
  enterprise: [],
  site: ["enterprise"],
  area: ["site"],
  line: ["area"],
  cell: ["line"],
  unit: ["line", "cell"],
};

/** The whole id of equipment: `<enterprise>/<site>/<area>`, `<line>`, `<line>.<cell or unit>`. */
export const equipmentId = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9][a-z0-9_-]*(?:(?:\/[a-z0-9][a-z0-9_-]*){1,2}|\.[a-z0-9][a-z0-9_-]*)?$/,
    "must be <enterprise>, <enterprise>/<site>, <enterprise>/<site>/<area>, <line> or <line>.<unit>",
  );

export const equipmentName = lineDefinition.shape.name;

const attributesMax = 50;

export const equipmentAttributes = z
  .record(slug, z.string().max(200))
  .refine((attributes) => Object.keys(attributes).length <= attributesMax, {
    error: `at most ${attributesMax} attributes`,
  })
  .describe("What a plant engineer notes: asset number, maker, year … Names as ids are.");

export const ianaZone = z
  .string()
  .max(64)
  .refine(isZone, "must be an IANA time zone such as Europe/Berlin")
  .describe("IANA time zone of the site; its shifts are in it.");

/** Of a unit: what the model says in place of what births tell. */
export const unitSettings = z.strictObject({
  position: unitDefinition.shape.position.optional(),
  pacesLine: z.boolean().optional().describe("The line's state is that of the units that pace it."),
  outputOfLine: z.boolean().optional().describe("Its good count is the good count of the line."),
  idealRatePerMinute: unitDefinition.shape.idealRatePerMinute,
  targetRatePerMinute: unitDefinition.shape.targetRatePerMinute,
});

export type UnitSettings = z.infer<typeof unitSettings>;

const instant = z.iso.datetime({ error: "must be an instant in UTC such as 2026-03-01T06:00:00Z" });

const anyEquipment = {
  id: slug,
  name: equipmentName.optional().describe("The id if absent."),
  provisional: z
    .literal(true)
    .optional()
    .describe("Only a birth has told of it. Take the mark away to confirm it."),
  retired: instant.optional().describe("Since when it is no longer there."),
  attributes: equipmentAttributes.optional(),
};

/** Of what can be moved: lines between areas, units between cells. */
const placed = {
  since: instant
    .optional()
    .describe("Since when it lies here; for as long as anybody knows if absent."),
  earlier: z
    .array(
      z.strictObject({
        parent: equipmentId,
        from: instant
          .optional()
          .describe("For as long as anybody knows if absent; the first one only."),
        to: instant.describe("Not part of it."),
      }),
    )
    .max(1000)
    .optional()
    .describe("What it lay under before, the earliest first."),
};

const unit = z.strictObject({ ...anyEquipment, ...placed, ...unitSettings.shape });

const units = z.array(unit).max(1000).optional();

const cell = z.strictObject({ ...anyEquipment, units });

const line = z.strictObject({
  ...anyEquipment,
  ...placed,
  cells: z.array(cell).max(1000).optional(),
  units,
});

const area = z.strictObject({ ...anyEquipment, lines: z.array(line).max(1000).optional() });

const site = z.strictObject({
  ...anyEquipment,
  zone: ianaZone.optional(),
  areas: z.array(area).max(1000).optional(),
});

const enterprise = z.strictObject({ ...anyEquipment, sites: z.array(site).max(1000).optional() });

export const plantModel = z
  .strictObject({ version: z.literal(1), enterprises: z.array(enterprise).max(100) })
  .describe("Only MES plant model, version 1.");

export type PlantModel = z.infer<typeof plantModel>;

/** As a file; a plant of thousands of units is a few hundred kilobytes. */
export const plantModelTextMax = 4_000_000;

function isZone(name: string): boolean {
  // Offsets such as +02:00 are taken too by Intl, but know no clock changes.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
