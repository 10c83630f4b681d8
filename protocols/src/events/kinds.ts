import { z } from "zod";
import { machineStates } from "../plant/machine-state.ts";
import { orderEventKinds } from "./order-kinds.ts";

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
  "unit.stateChanged": {
    what: "A unit has gone over into another state.",
    data: z.object({ state: z.enum(machineStates) }),
    example: { equipment: "bottling-1.filler", data: { state: "Held" } },
  },
  ...orderEventKinds,
  "webhook.test": {
    what: "Somebody has asked whether a webhook's receiver answers. It has the sequence 0, and comes by this webhook only.",
    data: z.object({ webhook: z.string() }),
    example: { equipment: "", data: { webhook: "erp" } },
  },
} as const satisfies Record<string, EventKindRow>;

export type EventKind = keyof typeof eventKinds;
