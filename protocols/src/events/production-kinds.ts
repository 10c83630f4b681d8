import { z } from "zod";
import { machineStates } from "../plant/machine-state.ts";
import { instant, type EventKindTable } from "./event-kind-row.ts";

/** Machines, stops and figures. */
const stopEdit = z.object({
  edit: z.string(),
  from: instant,
  to: instant.nullable(),
  reason: z.string().nullable(),
  undoes: z.string().nullable().describe("The edit that was taken back."),
  actor: z.string(),
});
const stopExample = {
  equipment: "bottling-1.filler",
  data: {
    edit: "console-3:000117",
    from: "2026-11-23T08:12:04.000Z",
    to: "2026-11-23T08:31:40.000Z",
    reason: "jam.infeed",
    undoes: null,
    actor: "badge:4711",
  },
};

export const productionEventKinds = {
  "unit.stateChanged": {
    what: "A unit has gone over into another state. What late samples correct is not told so: see `kpi.recalculated`.",
    data: z.object({ state: z.enum(machineStates) }),
    example: { equipment: "bottling-1.filler", data: { state: "Held" } },
  },
  "stop.reasonAssigned": {
    what: "Somebody has given a stop, or a part of one, its reason.",
    data: stopEdit,
    example: stopExample,
  },
  "stop.split": {
    what: "Somebody has cut a stop in two.",
    data: stopEdit,
    example: {
      ...stopExample,
      data: { ...stopExample.data, reason: null, to: "2026-11-23T08:20:00.000Z" },
    },
  },
  "stop.merged": {
    what: "Somebody has joined stops to one.",
    data: stopEdit,
    example: stopExample,
  },
  "stop.editUndone": {
    what: "Somebody has taken an edit of a stop back.",
    data: stopEdit,
    example: { ...stopExample, data: { ...stopExample.data, undoes: "console-3:000116" } },
  },
  "reasonTree.put": {
    what: "There is a new version of the reason tree, for stops that begin from then on.",
    data: z.object({ version: z.int(), changes: z.int(), actor: z.string() }),
    example: { equipment: "", data: { version: 4, changes: 2, actor: "badge:7" } },
  },
  "line.ruleChanged": {
    what: "What counts as a stop of a line, or which units pace it, is other from then on.",
    data: z.object({
      from: instant,
      microstopMs: z.number(),
      bottleneck: z.looseObject({}),
      actor: z.string(),
    }),
    example: {
      equipment: "bottling-1",
      data: {
        from: "2026-11-23T06:00:00.000Z",
        microstopMs: 300_000,
        bottleneck: { rule: "pacing" },
        actor: "badge:7",
      },
    },
  },
  "kpi.recalculated": {
    what: "Figures of a line that had been told before are others now, by late samples or by an edit. Read them again; `adjusted`: the period is closed, so that the figures stay and an adjustment stands beside them.",
    data: z.object({
      from: instant,
      to: instant,
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
    data: z.object({ until: instant, actor: z.string() }),
    example: {
      equipment: "northwind/lakeside",
      data: { until: "2026-11-30T23:00:00.000Z", actor: "badge:17" },
    },
  },
  "period.opened": {
    what: "A closed period is open again; null: nothing of the equipment stays closed.",
    data: z.object({ closedUntil: instant.nullable(), actor: z.string() }),
    example: { equipment: "northwind/lakeside", data: { closedUntil: null, actor: "badge:17" } },
  },
} as const satisfies EventKindTable;
