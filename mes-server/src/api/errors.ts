import { calendarErrors } from "./errors/calendar.ts";
import { alarmErrors } from "./errors/alarms.ts";
import { changeErrors } from "./errors/changes.ts";
import { handoverErrors } from "./errors/handover.ts";
import { kpiErrors } from "./errors/kpi.ts";
import { labourErrors } from "./errors/labour.ts";
import { plantErrors } from "./errors/plant.ts";
import { qualityErrors } from "./errors/quality.ts";
import { orderErrors } from "./errors/orders.ts";
import { requestErrors } from "./errors/requests.ts";
import { stopErrors } from "./errors/stops.ts";
import { streamErrors } from "./errors/streams.ts";

/** Every error of the HTTP API; docs/errors.md lists them. */
export const apiErrors = {
  ...requestErrors,
  ...changeErrors,
  ...calendarErrors,
  ...plantErrors,
  ...kpiErrors,
  ...qualityErrors,
  ...labourErrors,
  ...handoverErrors,
  ...stopErrors,
  ...streamErrors,
  ...orderErrors,
  ...alarmErrors,
} as const;

export type ApiErrorCode = keyof typeof apiErrors;
