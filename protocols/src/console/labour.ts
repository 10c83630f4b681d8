import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";

const instant = z.iso.datetime();
const person = z
  .string()
  .min(1)
  .max(64)
  .describe("A reference such as `badge:4711`, never a person's name.");
const equipment = z.string().min(1).max(200).describe("A line, or one unit of it.");

export const labourSignOn = commandEnvelope.extend({
  person,
  equipment,
  role: z
    .string()
    .regex(/^[a-z][A-Za-z0-9-]{0,31}$/, "a role is a word such as operator or setter")
    .default("operator"),
});

export const labourSignOff = commandEnvelope.extend({
  person,
  equipment: equipment.optional().describe("Everywhere if absent; of a line: at its units too."),
});

export const labourInterval = z.object({
  person,
  equipment,
  role: z.string(),
  from: instant,
  to: instant.nullable().describe("null while it lasts."),
  endedBy: z
    .enum(["signOff", "signOn", "shiftEnd"])
    .nullable()
    .describe("signOn: somewhere else, or anew. shiftEnd: nobody signed off."),
});

export const labourSigned = z.object({
  fact: z.string().describe("Its id, for a withdrawal."),
  present: z.array(labourInterval).describe("Where the person is signed on now."),
});

export const labourSum = z.object({
  key: z.string().nullable().describe("Of what it was asked by; null: none."),
  persons: z.int(),
  minutes: z.number().describe("Person minutes of attendance, to the thousandth."),
  jobMinutes: z.number().describe("Of these, while a job ran there: direct labour."),
  workerEfficiency: z
    .number()
    .nullable()
    .describe("Worker efficiency of ISO 22400: direct labour / attendance; null without any."),
});

export const labourRuleWanted = commandEnvelope.extend({
  severalPlaces: z
    .boolean()
    .describe("Whether somebody may be signed on at other such lines at the same time."),
  toleranceMinutes: z
    .int()
    .min(0)
    .max(240)
    .describe("A forgotten sign-off ends so long after its shift."),
});

export const labourRule = z.object({
  line: z.string(),
  severalPlaces: z.boolean(),
  toleranceMinutes: z.int(),
  from: instant.nullable().describe("null: nothing was set."),
});

export type LabourInterval = z.infer<typeof labourInterval>;
export type LabourSum = z.infer<typeof labourSum>;
export type LabourRule = z.infer<typeof labourRule>;
