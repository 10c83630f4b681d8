import { z } from "zod";
import { alarmPriority, alarmState, callKind } from "../console/alarms.ts";

const alarm = z.string();
const stood = z.object({
  alarm,
  state: alarmState,
  actor: z.string(),
  comment: z.string().optional(),
});
const actor = "badge:4711";
const hot = "bottling-1.filler.temperature.hi";
const filler = "bottling-1.filler";
const call = z.object({ call: z.string(), kind: callKind });
const changedCall = call.extend({ actor: z.string(), note: z.string().optional() });

function standing(what: string, state: z.infer<typeof alarmState>) {
  return { what, data: stood, example: { equipment: filler, data: { alarm: hot, state, actor } } };
}

function callOf(what: string) {
  const data = { call: "call-000017", kind: "maintenance", actor: "badge:4712" };
  return { what, data: changedCall, example: { equipment: filler, data } };
}

/** Alarms and andon calls (docs/alarms.md). */
export const alarmEventKinds = {
  "alarm.raised": {
    what: "The condition of an alarm has become so, and operators are told of it.",
    data: z.object({
      alarm,
      name: z.string(),
      priority: alarmPriority,
      value: z.number().nullable(),
    }),
    example: {
      equipment: filler,
      data: { alarm: hot, name: "Temperature high", priority: "high", value: 81.5 },
    },
  },
  "alarm.cleared": {
    what: "The condition of an alarm is over.",
    data: z.object({ alarm, raisedAt: z.iso.datetime() }),
    example: { equipment: filler, data: { alarm: hot, raisedAt: "2026-11-23T08:00:00.000Z" } },
  },
  "alarm.recalculated": {
    what: "Late samples, or a changed definition, have led to other occurrences of an alarm from a time on.",
    data: z.object({ alarm, from: z.iso.datetime() }),
    example: { equipment: filler, data: { alarm: hot, from: "2026-11-23T08:00:00.000Z" } },
  },
  "alarm.floodBegan": {
    what: "More alarms than ten were raised on a line within ten minutes.",
    data: z.object({ alarms: z.int() }),
    example: { equipment: "bottling-1", data: { alarms: 11 } },
  },
  "alarm.acknowledged": standing("Somebody has taken notice of an alarm.", "acknowledged"),
  "alarm.shelved": {
    what: "An alarm was put out of sight until a time.",
    data: stood.extend({ until: z.iso.datetime().optional() }),
    example: {
      equipment: filler,
      data: { alarm: hot, state: "shelved", actor, until: "2026-11-23T10:00:00.000Z" },
    },
  },
  "alarm.unshelved": {
    what: "The shelving of an alarm is over: by somebody, or by its end, which has no actor.",
    data: stood.partial({ actor: true }),
    example: { equipment: filler, data: { alarm: hot, state: "unacknowledged" } },
  },
  "alarm.suppressed": standing("An alarm was suppressed by design.", "suppressedByDesign"),
  "alarm.unsuppressed": standing("An alarm is no longer suppressed by design.", "normal"),
  "alarm.removedFromService": standing("An alarm was taken out of service.", "outOfService"),
  "alarm.returnedToService": standing("An alarm was returned to service.", "normal"),
  "andonCall.raised": {
    what: "Somebody, or an alarm, has called for help.",
    data: call.extend({ note: z.string(), alarm: z.string().nullable() }),
    example: {
      equipment: filler,
      data: { call: "call-000017", kind: "maintenance", note: "smells hot", alarm: null },
    },
  },
  "andonCall.escalated": {
    what: "Nobody has come in time: a step of the escalation is due.",
    data: call.extend({ step: z.int(), to: z.array(z.string()).readonly() }),
    example: {
      equipment: filler,
      data: { call: "call-000017", kind: "maintenance", step: 0, to: ["role:shift-lead"] },
    },
  },
  "andonCall.acknowledged": callOf("Somebody is on the way."),
  "andonCall.arrived": callOf("Somebody is there."),
  "andonCall.resolved": callOf("What was called for is done."),
  "andonCall.cancelled": callOf("The call was withdrawn."),
} as const;
