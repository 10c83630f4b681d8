import type { OutgoingEvent } from "@only-mes/protocols/events/outgoing";
import type { OutboxRow } from "../store/readOutboxEvents.ts";

export function outgoingEventOf({ id, kind, equipment, atMs, data }: OutboxRow): OutgoingEvent {
  return {
    version: 1,
    sequence: id,
    kind,
    equipment,
    at: new Date(atMs).toISOString(),
    data,
  };
}
