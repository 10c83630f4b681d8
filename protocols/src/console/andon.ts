import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";
import { callKind } from "./alarms.ts";

/** Andon calls: somebody at a line asks for somebody to come. */
export const callStates = ["open", "acknowledged", "inProgress", "resolved", "cancelled"] as const;
export type CallState = (typeof callStates)[number];
export const callActions = ["acknowledge", "arrive", "resolve", "cancel"] as const;
export type CallAction = (typeof callActions)[number];

const note = z.string().max(500);

export const andonCallRaising = commandEnvelope.extend({
  line: z.string().max(64),
  unit: z.string().max(130).optional().describe("Whole id of a unit of the line."),
  kind: callKind,
  note: note.default(""),
});

export const andonCallChange = commandEnvelope.extend({ note: note.optional() });

export const escalationStep = z.strictObject({
  afterMs: z.int().min(1000).max(86_400_000).describe("After the call was raised."),
  unless: z
    .enum(["acknowledged", "resolved"])
    .default("acknowledged")
    .describe("What makes the step needless if it happens before."),
  to: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(20)
    .describe("Roles or references, such as `role:shift-lead`; never names of persons."),
  shifts: z
    .array(z.string().min(1).max(40))
    .min(1)
    .optional()
    .describe("Names of shifts in which the step is taken; in all of them if absent."),
});

export type EscalationStep = z.infer<typeof escalationStep>;

const ruleSettings = {
  equipment: z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .describe("A line, or <enterprise>/<site>/<area>, or <enterprise>/<site>; null: everywhere."),
  kind: callKind.nullable().default(null).describe("null: calls of every kind."),
  steps: z.array(escalationStep).min(1).max(10).describe("In order of `afterMs`."),
};

export const escalationRulePut = commandEnvelope.extend(ruleSettings);

export const escalationRule = z.object({
  id: z.string(),
  ...ruleSettings,
  version: z.int(),
});

export type EscalationRule = z.infer<typeof escalationRule>;

export const andonCall = z.object({
  id: z.string(),
  line: z.string(),
  unit: z.string().nullable(),
  kind: callKind,
  note: z.string(),
  state: z.enum(callStates),
  since: z.iso.datetime(),
  raisedAt: z.iso.datetime(),
  raisedBy: z.string(),
  alarm: z.string().nullable().describe("The alarm that raised it."),
  acknowledgedAt: z.iso.datetime().nullable(),
  acknowledgedBy: z.string().nullable(),
  arrivedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  escalations: z.array(z.object({ step: z.int(), at: z.iso.datetime(), to: z.array(z.string()) })),
});

export type AndonCall = z.infer<typeof andonCall>;
