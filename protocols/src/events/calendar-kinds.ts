import { z } from "zod";
import { plannedDowntimeKinds } from "../console/calendar.ts";

const instant = z.iso.datetime();
const shiftsData = z.object({
  from: instant,
  to: instant,
  removed: z.int().describe("Shifts that are no longer, or no longer as they were."),
  added: z.int(),
});
const shiftsExample = {
  equipment: "bottling-1",
  data: { from: "2026-12-24T05:00:00.000Z", to: "2026-12-25T05:00:00.000Z", removed: 3, added: 0 },
};
const downtimeData = z.object({
  id: z.string(),
  kind: z.enum(plannedDowntimeKinds),
  from: instant,
  to: instant,
});
const downtimeExample = {
  equipment: "bottling-1",
  data: {
    id: "3f1c9a52-plan",
    kind: "cleaning",
    from: "2026-11-24T08:00:00.000Z",
    to: "2026-11-24T10:00:00.000Z",
  },
};

/** Events of the calendar. */
export const calendarEventKinds = {
  "shifts.changed": {
    what: "Somebody has changed shifts of a line: by a pattern, an assignment, an exception, a holiday, or by having them built again.",
    data: shiftsData,
    example: shiftsExample,
  },
  "shifts.followed": {
    what: "Shifts of a line that are to come are others now, by new rules of its time zone or a change of the plant model.",
    data: shiftsData,
    example: shiftsExample,
  },
  "plannedDowntime.planned": {
    what: "Downtime has been planned for a unit, a line, or what lines belong to.",
    data: downtimeData,
    example: downtimeExample,
  },
  "plannedDowntime.changed": {
    what: "A planned downtime has another kind, other times, or another note.",
    data: downtimeData,
    example: downtimeExample,
  },
  "plannedDowntime.cancelled": {
    what: "A planned downtime will not take place, or has not.",
    data: downtimeData,
    example: downtimeExample,
  },
} as const;
