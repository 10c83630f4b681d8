import { z } from "zod";
import { calendarEventKinds } from "./calendar-kinds.ts";
import { alarmEventKinds } from "./alarm-kinds.ts";
import { machineStates } from "../plant/machine-state.ts";
import { orderEventKinds } from "./order-kinds.ts";
import { qualityEventKinds } from "./quality-kinds.ts";

/** What one kind of event says: the shape of its `data`, and one as it may be. */
interface EventKindRow {
  what: string;
  data: z.ZodObject;
  example: { equipment: string; data: Record<string, unknown> };
}

/**
 * Every kind of event that goes out, `<subject>.<what happened>`. A kind is never renamed and a field
 * never removed; fields may be added. docs/events.md is made from this table.
 */
export const eventKinds = {
  "kpi.recalculated": {
    what: "Figures of a line that had been told before are others now, by late samples or by an edit. Read them again; `adjusted`: the period is closed, so that the figures stay and an adjustment stands beside them.",
    data: z.object({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      hours: z.int(),
      revision: z.int(),
      adjusted: z.boolean(),
    }),
    example: {
      equipment: "bottling-1",
      data: {
        from: "2026-11-23T06:00:00.000Z",
        to: "2026-11-23T08:00:00.000Z",
        hours: 2,
        revision: 41,
        adjusted: false,
      },
    },
  },
  "period.closed": {
    what: "The figures of equipment are closed up to an instant: edits that reach back before it are refused.",
    data: z.object({ until: z.iso.datetime(), actor: z.string() }),
    example: {
      equipment: "northwind/lakeside",
      data: { until: "2026-11-30T23:00:00.000Z", actor: "badge:17" },
    },
  },
  "period.opened": {
    what: "A closed period is open again; null: nothing of the equipment stays closed.",
    data: z.object({ closedUntil: z.iso.datetime().nullable(), actor: z.string() }),
    example: { equipment: "northwind/lakeside", data: { closedUntil: null, actor: "badge:17" } },
  },
  ...calendarEventKinds,
  ...alarmEventKinds,
  "unit.stateChanged": {
    what: "A unit has gone over into another state.",
    data: z.object({ state: z.enum(machineStates) }),
    example: { equipment: "bottling-1.filler", data: { state: "Held" } },
  },
  ...orderEventKinds,
  ...qualityEventKinds,
  "webhook.test": {
    what: "Somebody has asked whether a webhook's receiver answers. It has the sequence 0, and comes by this webhook only.",
    data: z.object({ webhook: z.string() }),
    example: { equipment: "", data: { webhook: "erp" } },
  },
} as const satisfies Record<string, EventKindRow>;

export type EventKind = keyof typeof eventKinds;
