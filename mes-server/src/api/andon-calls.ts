import { callKind } from "@only-mes/protocols/console/alarms";
import {
  andonCall,
  andonCallChange,
  andonCallRaising,
  callStates,
  type AndonCall,
  type CallAction,
} from "@only-mes/protocols/console/andon";
import type { EventKind } from "@only-mes/protocols/events/kinds";
import { z } from "zod";
import { eventOfCall } from "../andon/callWords.ts";
import type { Change } from "../changes/carryOut.ts";
import { callTransitions, foldCall } from "../domain/andon/callStates.ts";
import {
  insertCallStep,
  lockCallSteps,
  readCalls,
  saveFoldedCall,
  type CallRow,
} from "../store/andonCalls.ts";
import { insertCalls } from "../store/insertCalls.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import type { Transaction } from "../store/statement.ts";
import { isoOrNull, placeOf } from "./alarms.ts";
import { changed, changesAllowed } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter } from "./paging.ts";
import { isoOf, windowParameters } from "./window.ts";

const tags = ["andon"];
const params = z.strictObject({ id: z.string().max(300) });

const steps = {
  acknowledge: { summary: "Somebody is on the way", happened: "andonCall.acknowledged" },
  arrive: { summary: "Somebody is there", happened: "andonCall.arrived" },
  resolve: { summary: "It is done", happened: "andonCall.resolved" },
  cancel: { summary: "It was not needed", happened: "andonCall.cancelled" },
} as const satisfies Record<CallAction, { summary: string; happened: EventKind }>;

/** Andon calls: raised at a line, answered, and ended. */
export function andonCallRoutes(app: ApiApp, context: ApiContext): void {
  const { pool, live } = context;
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/andon-calls",
    schema: {
      summary: "Andon calls, the last raised first",
      tags,
      querystring: z.strictObject({
        line: z.string().max(64).optional(),
        kind: callKind.optional(),
        state: z.enum(callStates).optional(),
        open: z.enum(["0", "1"]).optional().describe("1: neither resolved nor cancelled."),
        from: windowParameters.from.describe("Raised at or after this time."),
        to: windowParameters.to.describe("Raised before this time."),
        limit: limitParameter(100, 1000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(andonCall) },
    },
    handler: async (request, reply) => {
      const { line, kind, state, open, from, to } = request.query;
      return answerList(reply, request.query, callTable, async ({ limit, cursor }) => {
        const place = placeOf(cursor);
        const rows = await readCalls(pool, {
          line,
          kind,
          state,
          isOpen: open === undefined ? undefined : open === "1",
          fromMs: from === undefined ? undefined : Date.parse(from),
          toMs: to === undefined ? undefined : Date.parse(to),
          before: place && { raisedAtMs: place.sinceMs, id: place.id },
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: page.map(callAnswer),
          ...(hasMore && { nextCursor: cursorFrom(`${last.raisedAtMs} ${last.id}`) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/andon-calls/:id",
    schema: { summary: "One call", tags, params, response: { 200: andonCall } },
    handler: async (request) => callAnswer(await knownCall(pool, request.params.id)),
  });

  app.route({
    method: "POST",
    url: "/andon-calls",
    preValidation,
    schema: {
      summary: "Call for somebody",
      tags,
      body: andonCallRaising,
      response: { 200: andonCall },
    },
    handler: async (request) => {
      const { line, unit, kind, note } = request.body;
      knownLine(context, line);
      if (unit !== undefined && live.book.unit(unit)?.line.id !== line) {
        throw new ApiFailure("andon_unit_elsewhere", `"${unit}"`, "unit");
      }
      const command = { kind: "andonCall.raise", subject: unit ?? line };
      const answer = await changed(context, request, command, async (change) => {
        const { tx, commandId: id, actor: raisedBy, nowMs } = change;
        const raisedAtMs = timeOf(change);
        const call = {
          id,
          line,
          unit: unit ?? null,
          kind,
          note,
          raisedAtMs,
          raisedBy,
          alarm: null,
        };
        await insertCalls(tx, [call], nowMs);
        const data = { call: id, kind, note, alarm: null };
        await insertOutboxEvents(tx, [
          { kind: "andonCall.raised", equipment: unit ?? line, atMs: raisedAtMs, data },
        ]);
        return callAnswer(await knownCall(tx, id));
      });
      const place =
        live.book.unit(unit ?? "")?.definition.name ?? knownLine(context, line).definition.name;
      live.tell(line, eventOfCall(answer, "raised", Date.parse(answer.raisedAt), place));
      return answer;
    },
  });

  for (const action of Object.keys(steps) as CallAction[]) {
    app.route({
      method: "POST",
      url: `/andon-calls/:id/${action}`,
      preValidation,
      schema: {
        summary: `${steps[action].summary}: ${action} a call`,
        tags,
        params,
        body: andonCallChange,
        response: { 200: andonCall },
      },
      handler: async (request) => {
        const { id } = request.params;
        const { note } = request.body;
        const command = { kind: `andonCall.${action}`, subject: id };
        const { answer, place } = await changed(context, request, command, async (change) => {
          const row = await step(change, id, action, note ?? null);
          return { answer: callAnswer(row), place: row.place };
        });
        if (live.hasLoaded()) {
          live.tell(answer.line, eventOfCall(answer, action, Date.parse(answer.since), place));
        }
        return answer;
      },
    });
  }
}

/** A clock that runs a little ahead must not put a step after what happens next. */
function timeOf({ occurredAtMs, nowMs }: Change): number {
  return Math.min(occurredAtMs, nowMs);
}

async function step(
  change: Change,
  id: string,
  action: CallAction,
  note: string | null,
): Promise<CallRow> {
  const { tx, commandId, actor, nowMs } = change;
  const occurredAtMs = timeOf(change);
  const before = await lockCallSteps(tx, id);
  const call = await knownCall(tx, id);
  if (occurredAtMs < call.raisedAtMs) {
    throw new ApiFailure("andon_step_before_call", isoOf(call.raisedAtMs), "occurredAt");
  }
  const earlier = before.filter(
    (one) =>
      one.occurredAtMs < occurredAtMs || (one.occurredAtMs === occurredAtMs && one.id < commandId),
  );
  const { state } = foldCall(call.raisedAtMs, earlier);
  if (callTransitions[state][action] === state) {
    const isEnded = state === "resolved" || state === "cancelled";
    throw new ApiFailure(
      isEnded ? "andon_call_ended" : "andon_call_already",
      `It is ${state}.`,
      "id",
    );
  }
  const taken = { id: commandId, action, occurredAtMs, actor };
  await insertCallStep(tx, id, taken, { note, knownAtMs: nowMs });
  await saveFoldedCall(tx, id, foldCall(call.raisedAtMs, [...before, taken]));
  const { kind, unit, line } = call;
  await insertOutboxEvents(tx, [
    {
      kind: steps[action].happened,
      equipment: unit ?? line,
      atMs: occurredAtMs,
      data: { call: id, kind, actor, ...(note !== null && { note }) },
    },
  ]);
  return knownCall(tx, id);
}

async function knownCall(db: Transaction, id: string): Promise<CallRow> {
  const [row] = await readCalls(db, { id, limit: 1 });
  if (row === undefined) throw new ApiFailure("andon_call_unknown", `"${id}"`, "id");
  return row;
}

function callAnswer(row: CallRow): AndonCall {
  const { id, line, unit, kind, note, state, raisedBy, alarm, acknowledgedBy } = row;
  return {
    id,
    line,
    unit,
    kind,
    note,
    state,
    since: isoOf(row.sinceMs),
    raisedAt: isoOf(row.raisedAtMs),
    raisedBy,
    alarm,
    acknowledgedAt: isoOrNull(row.acknowledgedAtMs),
    acknowledgedBy,
    arrivedAt: isoOrNull(row.arrivedAtMs),
    endedAt: isoOrNull(row.endedAtMs),
    escalations: row.escalations.map(({ step, atMs, to }) => ({ step, at: isoOf(atMs), to })),
  };
}

const callTable: CsvTable<AndonCall> = {
  name: "andon-calls",
  columns: {
    id: ({ id }) => id,
    line: ({ line }) => line,
    unit: ({ unit }) => unit,
    kind: ({ kind }) => kind,
    note: ({ note }) => note,
    state: ({ state }) => state,
    raisedAt: ({ raisedAt }) => raisedAt,
    raisedBy: ({ raisedBy }) => raisedBy,
    alarm: ({ alarm }) => alarm,
    acknowledgedAt: ({ acknowledgedAt }) => acknowledgedAt,
    acknowledgedBy: ({ acknowledgedBy }) => acknowledgedBy,
    arrivedAt: ({ arrivedAt }) => arrivedAt,
    endedAt: ({ endedAt }) => endedAt,
    escalations: ({ escalations }) => escalations.length,
  },
};
