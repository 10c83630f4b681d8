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
  period_lock_uneven: {
    status: 422,
    what: "A period ends at a whole hour in UTC, as figures are kept by the hour.",
    action: "Send an `until` such as 2026-11-30T23:00:00Z.",
  },
  period_lock_shorter: {
    status: 409,
    what: "A longer period of this equipment has been closed already.",
    action: "Send a later `until`, or open the period again under /api/v1/period-locks/open.",
  },
  equipment_without_kpis: {
    status: 422,
    what: "Figures are kept of units and lines, and pooled for areas, sites and enterprises.",
    action: "Ask for a unit of it, or for its line with by=equipment.",
  },
} as const satisfies ErrorTable;
