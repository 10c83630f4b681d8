import {
  plannedDowntime,
  plannedDowntimeChanged,
  plannedDowntimeKinds,
  plannedDowntimeWanted,
  type PlannedDowntimeAnswer,
} from "@only-mes/protocols/console/calendar";
import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { foldDowntime, type DowntimeFact } from "../domain/calendar/fold-downtime.ts";
import { insertPlannedDowntime } from "../store/insertPlannedDowntime.ts";
import {
  insertPlannedDowntimeFact,
  readPlannedDowntimeFacts,
} from "../store/plannedDowntimeFacts.ts";
import { readLinePlaces } from "../store/readLinePlaces.ts";
import {
  readPlannedDowntimeRow,
  readPlannedDowntimeRows,
  type PlannedDowntimeRow,
} from "../store/readPlannedDowntimeRows.ts";
import { updatePlannedDowntime } from "../store/updatePlannedDowntime.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { checkTimes, expectDowntimePlace, tellPlanned } from "./planned-time.ts";
import { comingWindow, isoOf, windowParameters } from "./window.ts";

const tags = ["calendar"];
const idParameters = z.strictObject({ id: z.string().min(8).max(64) });
const daysMax = 400;
const comingMs = 60 * 86_400_000;

const downtimeTable: CsvTable<PlannedDowntimeAnswer> = {
  name: "planned-downtimes",
  columns: {
    id: ({ id }) => id,
    equipment: ({ equipment }) => equipment,
    kind: ({ kind }) => kind,
    from: ({ from }) => from,
    to: ({ to }) => to,
    note: ({ note }) => note,
    cancelled: ({ cancelled }) => cancelled,
    version: ({ version }) => version,
  },
};

/** Time in which equipment is not meant to produce, besides the breaks of shifts. */
export function plannedDowntimeRoutes(app: ApiApp, context: ApiContext): void {
  readingRoutes(app, context);
  const preValidation = changesAllowed(context);

  app.route({
    method: "POST",
    url: "/planned-downtimes",
    schema: {
      summary:
        "Plans downtime of a unit, of a line, or of all lines of an area, site or enterprise",
      description:
        "Its id is that of the command. The past may be planned too, where nobody has closed it.",
      tags,
      body: plannedDowntimeWanted,
      response: { 200: plannedDowntime },
    },
    preValidation,
    handler: async (request) => {
      const { equipment, kind, from, to, note } = request.body;
      const times = checkTimes(Date.parse(from), Date.parse(to));
      const command = { kind: "plannedDowntime.plan", subject: equipment };
      return changed(context, request, command, async (change) => {
        await expectDowntimePlace(change.tx, equipment);
        const row = { id: change.commandId, equipment, kind, note, ...times };
        await insertPlannedDowntime(change.tx, row);
        await insertPlannedDowntimeFact(change.tx, row.id, {
          command: change.commandId,
          occurredAtMs: change.occurredAtMs,
          cancelled: false,
          kind,
          note,
          ...times,
        });
        await tellPlanned(context, change, "plannedDowntime.planned", row, [times]);
        return answerOf({ ...row, cancelled: false, version: 1 });
      });
    },
  });

  app.route({
    method: "PATCH",
    url: "/planned-downtimes/:id",
    schema: {
      summary: "Changes kind, times or note of a planned downtime",
      tags,
      params: idParameters,
      body: plannedDowntimeChanged,
      response: { 200: plannedDowntime },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      const { kind, from, to, note, expectedVersion } = request.body;
      const command = { kind: "plannedDowntime.change", subject: id };
      return changed(context, request, command, async (change) => {
        const known = await openRow(change.tx, id, expectedVersion);
        const row = await said(change, known, {
          cancelled: false,
          ...(kind !== undefined && { kind }),
          ...(from !== undefined && { fromMs: Date.parse(from) }),
          ...(to !== undefined && { toMs: Date.parse(to) }),
          ...(note !== undefined && { note }),
        });
        checkTimes(row.fromMs, row.toMs);
        const isElsewhen =
          row.kind !== known.kind || row.fromMs !== known.fromMs || row.toMs !== known.toMs;
        const ranges = isElsewhen ? [known, row] : [];
        await tellPlanned(context, change, "plannedDowntime.changed", row, ranges);
        return answerOf(row);
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/planned-downtimes/:id",
    schema: {
      summary: "Cancels a planned downtime; it stays in the list of those that were cancelled",
      tags,
      params: idParameters,
      body: commandEnvelope,
      response: { 200: plannedDowntime },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      const command = { kind: "plannedDowntime.cancel", subject: id };
      return changed(context, request, command, async (change) => {
        const known = await openRow(change.tx, id, request.body.expectedVersion);
        const row = await said(change, known, { cancelled: true });
        await tellPlanned(context, change, "plannedDowntime.cancelled", row, [known]);
        return answerOf(row);
      });
    },
  });
}

/** Keeps what is said of a planned downtime; answers the row as it then follows from all that was said. */
async function said(
  { tx, commandId, occurredAtMs }: Change,
  known: PlannedDowntimeRow,
  what: Omit<DowntimeFact, "command" | "occurredAtMs">,
): Promise<PlannedDowntimeRow> {
  await insertPlannedDowntimeFact(tx, known.id, { command: commandId, occurredAtMs, ...what });
  const row = { ...known, ...foldDowntime(known.id, await readPlannedDowntimeFacts(tx, known.id)) };
  if (row.fromMs < row.toMs) await updatePlannedDowntime(tx, row);
  return row;
}

function readingRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/planned-downtimes",
    schema: {
      summary: "Planned downtime, in order of its beginning",
      description:
        "What lies in the range or reaches into it; without a range, that of the next 60 days.",
      tags,
      querystring: z.strictObject({
        ...csvParameters,
        ...windowParameters,
        line: z
          .string()
          .min(1)
          .max(128)
          .optional()
          .describe("Of it, its units and what it lies under."),
        equipment: z.string().min(1).max(256).optional().describe("Of just this."),
        kind: z.enum(plannedDowntimeKinds).optional(),
        cancelled: z.enum(["true", "false"]).default("false").describe("true: cancelled ones too."),
        limit: limitParameter(200, 1_000),
        cursor: cursorParameter,
      }),
      response: { 200: listOrCsv(plannedDowntime) },
    },
    handler: async ({ query }, reply) => {
      const window = comingWindow(query, context.clock.now(), { comingMs, daysMax });
      const equipment = await equipmentAsked(context, query);
      return answerList(reply, query, downtimeTable, async ({ limit, cursor }) => {
        const rows = await readPlannedDowntimeRows(context.pool, {
          ...window,
          equipment,
          kind: query.kind,
          withCancelled: query.cancelled === "true",
          after: positionIn(cursor),
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(answerOf),
          ...(last !== undefined &&
            rows.length > page.length && { nextCursor: cursorFrom(`${last.fromMs} ${last.id}`) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/planned-downtimes/:id",
    schema: {
      summary: "One planned downtime",
      tags,
      params: idParameters,
      querystring: z.strictObject({}),
      response: { 200: plannedDowntime },
    },
    handler: async ({ params }) => answerOf(await knownRow(context.pool, params.id)),
  });
}

/** Of a line: its own, that of its units, and that of what it lies under now. */
async function equipmentAsked(
  context: ApiContext,
  { line, equipment }: { line?: string | undefined; equipment?: string | undefined },
): Promise<string[] | undefined> {
  if (line === undefined) return equipment === undefined ? undefined : [equipment];
  const book = knownLine(context, line, "line");
  const nowMs = context.clock.now();
  const places = await readLinePlaces(context.pool, {
    defaultZone: context.siteTimeZone,
    lines: [line],
  });
  const all = [
    ...book.units().map(({ id }) => id),
    ...places
      .flatMap(({ belonged }) => belonged)
      .filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)
      .map((each) => each.equipment),
  ];
  return all.filter((id) => equipment === undefined || id === equipment);
}

function positionIn(cursor: string | undefined): { fromMs: number; id: string } | undefined {
  const [ms, id] = positionOf(cursor, /^\d{1,15} [A-Za-z0-9._:-]{8,64}$/)?.split(" ") ?? [];
  return ms === undefined || id === undefined ? undefined : { fromMs: Number(ms), id };
}

type Reader = Parameters<typeof readPlannedDowntimeRow>[0];

async function knownRow(db: Reader, id: string): Promise<PlannedDowntimeRow> {
  const row = await readPlannedDowntimeRow(db, id);
  if (row === undefined) throw new ApiFailure("planned_downtime_unknown", `"${id}"`, "id");
  return row;
}

async function openRow(
  tx: Reader,
  id: string,
  expectedVersion: number | undefined,
): Promise<PlannedDowntimeRow> {
  const row = await knownRow(tx, id);
  if (row.cancelled) throw new ApiFailure("planned_downtime_cancelled", `"${id}"`, "id");
  expectVersion(expectedVersion, row.version);
  return row;
}

function answerOf({ fromMs, toMs, ...row }: PlannedDowntimeRow): PlannedDowntimeAnswer {
  return { ...row, from: isoOf(fromMs), to: isoOf(toMs) };
}
