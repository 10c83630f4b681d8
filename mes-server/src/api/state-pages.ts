import type { StateInterval } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { clipped, type StateSpan } from "../domain/lines/line-states.ts";
import { csvParameters, type CsvTable } from "./csv.ts";
import { cursorParameter, cursorFrom, limitParameter, positionOf } from "./paging.ts";
import { isoOf, windowOf, windowParameters, type Window } from "./window.ts";

export const stateParameters = z.strictObject({
  ...windowParameters,
  limit: limitParameter(1_000, 5_000),
  cursor: cursorParameter,
  ...csvParameters,
});

/** Of the states of a line or a unit. */
export function stateTable(id: string): CsvTable<StateInterval> {
  return {
    name: `${id}-states`,
    columns: { state: ({ state }) => state, from: ({ from }) => from, to: ({ to }) => to },
  };
}

const daysMax = 92;

/** The part of the asked range that this page begins with. */
export function pageWindow(
  query: Pick<z.infer<typeof stateParameters>, "from" | "to" | "cursor">,
  nowMs: number,
): Window {
  const window = windowOf(query, nowMs, daysMax);
  const position = positionOf(query.cursor, /^\d{1,15}$/);
  return position === undefined
    ? window
    : { ...window, fromMs: Math.max(window.fromMs, Number(position)) };
}

export interface StatePage {
  items: StateInterval[];
  nextCursor?: string;
}

/**
 * One page of spans in order of time. They are complete up to `completeToMs`; a span that may go on
 * beyond it is left to the next page, unless it is the only one.
 */
export function statePage(
  spans: readonly StateSpan[],
  { fromMs, toMs }: Window,
  limit: number,
  nowMs: number,
  completeToMs = Infinity,
): StatePage {
  const endMs = Math.min(toMs, completeToMs);
  const inside = clipped(spans, fromMs, endMs).map((span) => ended(span, endMs, nowMs));
  if (completeToMs < toMs && inside.length > 1) inside.pop();
  const items = inside.slice(0, limit);
  const nextMs = inside[limit]?.fromMs ?? (completeToMs < toMs ? items.at(-1)?.toMs : undefined);
  return {
    items: items.map(({ state, fromMs, toMs }) => ({
      state,
      from: isoOf(fromMs),
      to: toMs === null ? null : isoOf(toMs),
    })),
    ...(nextMs === undefined || nextMs === null ? {} : { nextCursor: cursorFrom(String(nextMs)) }),
  };
}

/** A span that lasts ends with a range that ends before now. */
function ended(span: StateSpan, endMs: number, nowMs: number): StateSpan {
  return span.toMs === null && endMs < nowMs ? { ...span, toMs: endMs } : span;
}
