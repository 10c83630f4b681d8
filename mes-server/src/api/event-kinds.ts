import type { EventKindAnswer } from "@only-mes/protocols/console/streams";
import { eventKinds } from "@only-mes/protocols/events/kinds";
import { z } from "zod";
import { ApiFailure } from "./failure.ts";

/** Every kind of event, with the JSON schema of what it says. */
export function eventKindAnswers(): EventKindAnswer[] {
  return Object.entries(eventKinds).map(([kind, { what, data, example }]) => ({
    kind,
    what,
    data: z.toJSONSchema(data),
    example,
  }));
}

/** @throws {ApiFailure} if one of them stands for no kind that there is. */
export function requireEventKinds(wanted: readonly string[], field: string): void {
  for (const kind of wanted) {
    const isKnown = kind.endsWith(".*")
      ? Object.keys(eventKinds).some((known) => known.startsWith(kind.slice(0, -1)))
      : Object.hasOwn(eventKinds, kind);
    if (!isKnown) throw new ApiFailure("event_kind_unknown", `"${kind}"`, field);
  }
}
