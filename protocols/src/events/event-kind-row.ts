import { z } from "zod";

/** What one kind of event says: the shape of its `data`, and one as it may be. */
export interface EventKindRow {
  what: string;
  data: z.ZodObject;
  example: { equipment: string; data: Record<string, unknown> };
}

export type EventKindTable = Record<string, EventKindRow>;

export const instant = z.iso.datetime().describe("ISO 8601, UTC.");
