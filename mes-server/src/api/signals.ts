import { listOf, signal as signalSchema, type Signal } from "@only-mes/protocols/console/http";
import { signalRole } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import type { SignalBook } from "../live/signal-book.ts";
import { knownSignal, loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

export const signalParameters = z.strictObject({ id: z.string().min(1).max(250) });

const listParameters = z.strictObject({
  line: z.string().max(64).optional().describe("Only signals of this line."),
  unit: z.string().max(130).optional().describe("Only signals of this unit, <line>.<unit>."),
  role: signalRole.optional(),
  q: z.string().max(100).optional().describe("Only signals whose id contains this text."),
  limit: limitParameter(100, 1_000),
  cursor: cursorParameter,
});

export function signalRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/signals",
    schema: {
      summary: "Signals, in the order of their ids, each with its current value",
      tags: ["signals"],
      querystring: listParameters,
      response: { 200: listOf(signalSchema) },
    },
    handler: async (request) => {
      const { limit, cursor } = request.query;
      const after = positionOf(cursor, /^[a-z0-9_-]+\.[a-z0-9_-]+\.[a-z0-9_-]+$/);
      const found = loadedBook(context)
        .signals()
        .filter((signal) => matches(signal, request.query))
        .filter((signal) => after === undefined || signal.id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const nowMs = context.clock.now();
      return {
        items: page.map((signal) => signalAnswer(signal, nowMs)),
        ...(last === undefined || found.length === page.length
          ? {}
          : { nextCursor: cursorFrom(last.id) }),
      };
    },
  });

  app.route({
    method: "GET",
    url: "/signals/:id",
    schema: {
      summary: "One signal with its current value, its age and its quality",
      tags: ["signals"],
      params: signalParameters,
      querystring: z.strictObject({}),
      response: { 200: signalSchema },
    },
    handler: async (request) =>
      signalAnswer(knownSignal(context, request.params.id), context.clock.now()),
  });
}

function matches(
  signal: SignalBook,
  { line, unit, role, q }: z.infer<typeof listParameters>,
): boolean {
  return (
    (line === undefined || signal.line.id === line) &&
    (unit === undefined || signal.unit.id === unit) &&
    (role === undefined || signal.bound.definition.role === role) &&
    (q === undefined || signal.id.includes(q.toLowerCase()))
  );
}

function signalAnswer(signal: SignalBook, nowMs: number): Signal {
  const { newest } = signal;
  return {
    id: signal.id,
    definition: signal.bound.definition,
    value: newest?.value ?? null,
    quality: newest?.quality ?? 0,
    sourceTime: newest === undefined ? null : isoOf(newest.sourceTimeMs),
    gatewayTime: newest === undefined ? null : isoOf(newest.gatewayTimeMs),
    ageMs: newest === undefined ? null : Math.max(0, nowMs - newest.sourceTimeMs),
    stale: signal.stale,
  };
}
