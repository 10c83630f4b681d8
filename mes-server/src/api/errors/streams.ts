import type { ErrorTable } from "./table.ts";

/** Errors of events out and webhooks. */
export const streamErrors = {
  webhook_unknown: {
    status: 404,
    what: "There is no webhook of this id.",
    action: "Look the id up under /api/v1/webhooks.",
  },
  webhook_exists: {
    status: 409,
    what: "There is a webhook of this id already.",
    action: "Change that one with PUT, or choose another id.",
  },
  webhooks_too_many: {
    status: 409,
    what: "There are as many webhooks as the server takes.",
    action: "Delete one that nobody needs, or let one receiver pass events on.",
  },
  webhook_url_refused: {
    status: 422,
    what: "This cannot be the URL of a receiver.",
    action: "Name an http or https URL of a machine of the plant or of the internet.",
  },
  event_kind_unknown: {
    status: 422,
    what: "There are no events of this kind.",
    action:
      "Look the kinds up under /api/v1/event-kinds; `<subject>.*` stands for all of a subject.",
  },
  replay_of_nothing: {
    status: 422,
    what: "The command names nothing that is to be sent again.",
    action: "Send `deadLetters`, `fromSequence`, or both.",
  },
  events_forgotten: {
    status: 409,
    what: "Events from there on are not kept any more, or are yet to come.",
    action:
      "Name a sequence that /api/v1/events still has; --keep-events-days says how long they are kept.",
  },
} as const satisfies ErrorTable;
