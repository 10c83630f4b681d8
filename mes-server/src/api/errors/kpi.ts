import type { ErrorTable } from "./table.ts";

/** Errors of KPIs and of periods that are closed. */
export const kpiErrors = {
  period_locked: {
    status: 409,
    what: "The period that this would change has been closed.",
    action:
      "Say when it happened within the open period, or have the period opened again under /api/v1/period-locks.",
  },
  period_lock_unknown: {
    status: 404,
    what: "No period of this equipment is closed.",
    action: "Look at /api/v1/period-locks.",
  },
  period_not_over: {
    status: 422,
    what: "A period can be closed only up to an instant that has passed.",
    action: "Send an `until` that is not later than now.",
  },
  equipment_unknown: {
    status: 404,
    what: "No equipment of this id is known.",
    action:
      "Use a line, <line>.<unit>, <enterprise>, <enterprise>/<site> or <enterprise>/<site>/<area>; /api/v1/equipment lists them.",
  },
} as const satisfies ErrorTable;
