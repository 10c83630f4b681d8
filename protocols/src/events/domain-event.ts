import type { z } from "zod";
import type { EventKind, eventKinds } from "./kinds.ts";

/**
 * What has become so in production, for whoever listens outside: written in the transaction of what
 * caused it, told at least once, in order per equipment. Its data have the shape of its kind.
 */
export type DomainEvent = {
  [Kind in EventKind]: {
    /** `<subject>.<what happened>`, such as `job.started`; docs/events.md lists them. */
    kind: Kind;
    /** Id of the equipment that it is about: a unit, a line, an area, a site. Empty: of no place. */
    equipment: string;
    /** When it was so, plant time. */
    atMs: number;
    data: z.input<(typeof eventKinds)[Kind]["data"]>;
  };
}[EventKind];

/** Events of some kinds, as the maker of several alike ones needs it. */
export type DomainEventOf<Kind extends EventKind> = Extract<DomainEvent, { kind: Kind }>;
