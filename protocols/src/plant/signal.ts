import { z } from "zod";
import { packmlStates } from "./machine-state.ts";

/** Cumulative totals of pieces. */
export const counterRoles = ["goodCount", "scrapCount", "reworkCount"] as const;

export type CounterRole = (typeof counterRoles)[number];

/** What a signal means to production. */
export const signalRoles = [
  ...counterRoles,
  "machineState",
  "stopCode",
  "machineMode",
  "analog",
  "status",
  "text",
] as const;

export const signalRole = z
  .enum(signalRoles)
  .describe(
    "goodCount, scrapCount and reworkCount (good after all) are cumulative totals; machineState, stopCode and machineMode are device codes; analog is a measured number; status is a bit; text is a string.",
  );

export type SignalRole = z.infer<typeof signalRole>;

export function isCounterRole(role: SignalRole): role is CounterRole {
  return counterRoles.some((each) => each === role);
}

/** A name that is safe in a Sparkplug topic, a URL and a file name. */
export const slug = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/,
    "must be 1 to 64 of a-z, 0-9, - and _, beginning and ending with a letter or digit",
  );

/** Sparkplug quality: 192 good, 0 bad, 500 stale (property `Quality` of a metric). */
export const qualityGood = 192;
export const qualityBad = 0;
export const qualityStale = 500;

export type Quality = 0 | 192 | 500;

/** Equipment levels of ISA-95 that a line belongs to, and the line itself. */
export const lineDefinition = z.strictObject({
  id: slug.describe("Unique in the site; the line's id in topics and URLs."),
  name: z.string().min(1).max(80),
  enterprise: slug,
  site: slug,
  area: slug,
});

export type LineDefinition = z.infer<typeof lineDefinition>;

export const unitDefinition = z.strictObject({
  id: slug.describe("Unique in its line; the whole id is <line>.<unit>."),
  name: z.string().min(1).max(80),
  position: z.int().min(0).describe("Order along the line, from 0."),
  pacesLine: z
    .boolean()
    .default(false)
    .describe("The line's state is the state of the units that pace it (its bottleneck)."),
  outputOfLine: z
    .boolean()
    .default(false)
    .describe("The good count of these units is the good count of the line."),
  idealRatePerMinute: z
    .number()
    .positive()
    .optional()
    .describe("Good pieces a minute at the ideal cycle."),
  targetRatePerMinute: z
    .number()
    .positive()
    .optional()
    .describe("Good pieces a minute that a shift is planned with; the ideal rate if absent."),
});

export type UnitDefinition = z.infer<typeof unitDefinition>;

/** Codes of one device and the PackML states that they stand for. Codes are text, as JSON keys are. */
export const stateCodes = z.record(
  z.string().regex(/^-?\d+$/, "a state code is a whole number"),
  z.enum(packmlStates),
);

/** Modes of PackML; a vendor's own have names of their own. Only `production` is time for production. */
export const machineModes = ["production", "maintenance", "manual"] as const;

/** Codes of one device and the modes that they stand for. */
export const modeCodes = z.record(
  z.string().regex(/^-?\d+$/, "a mode code is a whole number"),
  slug.describe(`${machineModes.join(", ")}, or a name of the vendor's.`),
);

/**
 * All that the server must know of a signal to bind it. Every DBIRTH metric carries it as JSON in
 * the property `Definition`, so that a device map is written once, at the gateway.
 */
export const signalDefinition = z.strictObject({
  line: lineDefinition,
  unit: unitDefinition,
  name: slug.describe("Unique in its unit; the metric name is <unit>/<name>."),
  role: signalRole,
  periodMs: z.int().positive().describe("How often it is read, in milliseconds of plant time."),
  heartbeatMs: z
    .int()
    .positive()
    .describe(
      "The longest silence of a healthy signal: it is sent again after this, changed or not.",
    ),
  engineeringUnit: z.string().max(16).optional(),
  counterBits: z.union([z.literal(16), z.literal(32), z.literal(64)]).optional(),
  maxRatePerSecond: z
    .number()
    .positive()
    .optional()
    .describe("Counts faster than this are implausible: they are kept, but not counted."),
  states: stateCodes.optional(),
  modes: modeCodes.optional(),
});

export type SignalDefinition = z.infer<typeof signalDefinition>;

/** `<line>.<unit>` */
export function unitId(lineId: string, unit: string): string {
  return `${lineId}.${unit}`;
}

/** The line of a unit's whole id. */
export function lineOfUnit(unit: string): string {
  return unit.slice(0, unit.indexOf("."));
}

/** `<line>.<unit>.<signal>`: the signal's id in the API, in live topics and in the database. */
export function signalId(definition: Pick<SignalDefinition, "line" | "unit" | "name">): string {
  return `${definition.line.id}.${definition.unit.id}.${definition.name}`;
}

/** The Sparkplug metric name of a signal: `<unit>/<signal>`. */
export function metricName(definition: Pick<SignalDefinition, "unit" | "name">): string {
  return `${definition.unit.id}/${definition.name}`;
}
