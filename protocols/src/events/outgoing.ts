import { z } from "zod";

/** An event as it goes out: to MQTT, to webhooks, and in the list of the HTTP API. */
export const outgoingEvent = z.object({
  version: z.literal(1).describe("Of this shape; fields may be added to it."),
  sequence: z
    .int()
    .nonnegative()
    .describe("Of the outbox, rising: one that came before is the same event again."),
  kind: z.string().describe("`<subject>.<what happened>`; docs/events.md lists them."),
  equipment: z.string().describe("Id of what it is about: a unit, a line, an area, a site."),
  at: z.iso.datetime().describe("When it was so, plant time, ISO 8601 in UTC."),
  data: z.record(z.string(), z.unknown()).describe("By the kind."),
});

/** What holds now, retained on the broker: whoever subscribes gets it at once. */
export const outgoingState = z.object({
  version: z.literal(1),
  sequence: z.int().nonnegative().describe("Of the newest event that it takes into account."),
  state: z.string().describe("Which state it is, as in the topic."),
  equipment: z.string(),
  at: z.iso.datetime().describe("When it was read, plant time."),
  data: z.record(z.string(), z.unknown()),
});

export type OutgoingEvent = z.infer<typeof outgoingEvent>;
export type OutgoingState = z.infer<typeof outgoingState>;

/** `<root>/<enterprise>/<site>/<area>/<line>[/<unit>]/event/<kind>`: told once each, not retained. */
export function eventTopic(root: string, path: readonly string[], kind: string): string {
  return [root, ...path.map(level), "event", level(kind)].join("/");
}

/** `<root>/<enterprise>/<site>/<area>/<line>[/<unit>]/state/<which>`: retained. */
export function stateTopic(root: string, path: readonly string[], which: string): string {
  return [root, ...path.map(level), "state", level(which)].join("/");
}

/** What MQTT gives a meaning to may not stand in a level of a topic. */
function level(name: string): string {
  return name.replaceAll(/[+#/\0]/g, "_");
}
