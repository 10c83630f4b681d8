import { z } from "zod";
import { alarmEventKinds } from "./alarm-kinds.ts";
import { calendarEventKinds } from "./calendar-kinds.ts";
import type { EventKindTable } from "./event-kind-row.ts";
import { orderEventKinds } from "./order-kinds.ts";
import { plantEventKinds } from "./plant-kinds.ts";
import { productionEventKinds } from "./production-kinds.ts";
import { qualityEventKinds } from "./quality-kinds.ts";

/**
 * Every kind of event that goes out, `<subject>.<what happened>`. A kind is never renamed and a field
 * never removed; fields may be added. Whoever tells of something new adds a row to the table of its area
 * (`*-kinds.ts`), from which docs/events.md is made too.
 */
export const eventKinds = {
  ...productionEventKinds,
  ...calendarEventKinds,
  ...orderEventKinds,
  ...alarmEventKinds,
  ...qualityEventKinds,
  ...plantEventKinds,
  "webhook.test": {
    what: "Somebody has asked whether a webhook's receiver answers. It has the sequence 0, and comes by this webhook only.",
    data: z.object({ webhook: z.string() }),
    example: { equipment: "", data: { webhook: "erp" } },
  },
} as const satisfies EventKindTable;

export type EventKind = keyof typeof eventKinds;
