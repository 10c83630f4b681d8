import {
  alarmDefinition,
  alarmDefinitionPatch,
  alarmDefinitionPut,
  alarmSettings,
  type AlarmDefinition,
  type AlarmSettings,
} from "@only-mes/protocols/console/alarms";
import { listOf } from "@only-mes/protocols/console/http";
import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { z } from "zod";
import { checkDefinitions, saveDefinitions } from "../alarms/defineAlarms.ts";
import type { Change } from "../changes/carryOut.ts";
import {
  readAlarmDefinitions,
  readAlarmVersions,
  type AlarmDefinitionRow,
} from "../store/readAlarmDefinitions.ts";
import type { Transaction } from "../store/statement.ts";
import { alarmDefinitionTable } from "./alarm-csv.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

const tags = ["alarms"];
const params = z.strictObject({ id: z.string().max(250) });
const backMsMax = 86_400_000;

/** What is watched for: read, and changed one at a time. */
export function alarmDefinitionRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/alarm-definitions",
    schema: {
      summary: "What is watched for, by id; as CSV it can be changed and imported again",
      tags,
      querystring: z.strictObject({
        line: z.string().max(64).optional(),
        unit: z.string().max(130).optional(),
        signal: z.string().max(200).optional(),
        retired: z.enum(["0", "1"]).optional(),
        limit: limitParameter(100, 1000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(alarmDefinition) },
    },
    handler: async (request, reply) => {
      const { line, unit, signal, retired } = request.query;
      return answerList(reply, request.query, alarmDefinitionTable, async ({ limit, cursor }) => {
        const rows = await readAlarmDefinitions(pool, {
          line,
          unit,
          signal,
          retired: retired === undefined ? undefined : retired === "1",
          afterId: positionOf(cursor, /^[a-z0-9._-]{1,250}$/),
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: page.map(answerOf),
          ...(hasMore && { nextCursor: cursorFrom(last.id) }),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/alarm-definitions/:id",
    schema: { summary: "One definition", tags, params, response: { 200: alarmDefinition } },
    handler: async (request) => answerOf(await knownDefinition(pool, request.params.id)),
  });

  app.route({
    method: "GET",
    url: "/alarm-definitions/:id/versions",
    schema: {
      summary: "Every version of a definition, in the order in which they came into force",
      tags,
      params,
      response: { 200: listOf(alarmDefinition) },
    },
    handler: async (request) => {
      const rows = await readAlarmVersions(pool, request.params.id);
      if (rows.length === 0) throw unknown(request.params.id);
      return { items: rows.map(answerOf) };
    },
  });

  app.route({
    method: "PUT",
    url: "/alarm-definitions/:id",
    preValidation,
    schema: {
      summary: "Define an alarm, or replace its definition from `occurredAt` on",
      tags,
      params,
      body: alarmDefinitionPut,
      response: { 200: alarmDefinition },
    },
    handler: async (request) => {
      const { id } = request.params;
      const {
        commandId: _,
        actor: __,
        occurredAt: ___,
        expectedVersion,
        ...settings
      } = request.body;
      return changed(context, request, { kind: "alarmDefinition.put", subject: id }, (change) =>
        put(change, id, expectedVersion, () => ({ settings, isRetired: false })),
      );
    },
  });

  app.route({
    method: "PATCH",
    url: "/alarm-definitions/:id",
    preValidation,
    schema: {
      summary: "Change some of a definition from `occurredAt` on",
      tags,
      params,
      body: alarmDefinitionPatch,
      response: { 200: alarmDefinition },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { commandId: _, actor: __, occurredAt: ___, expectedVersion, ...parts } = request.body;
      return changed(context, request, { kind: "alarmDefinition.patch", subject: id }, (change) =>
        put(change, id, expectedVersion, (stored) => {
          if (stored === undefined) throw unknown(id);
          const settings = alarmSettings.parse({ ...stored.settings, ...defined(parts) });
          return { settings, isRetired: stored.isRetired };
        }),
      );
    },
  });

  app.route({
    method: "POST",
    url: "/alarm-definitions/:id/retire",
    preValidation,
    schema: {
      summary: "Watch for it no more; what happened stays. PUT brings it back",
      tags,
      params,
      body: commandEnvelope,
      response: { 200: alarmDefinition },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { expectedVersion } = request.body;
      return changed(context, request, { kind: "alarmDefinition.retire", subject: id }, (change) =>
        put(change, id, expectedVersion, (stored) => {
          if (stored === undefined) throw unknown(id);
          return { settings: stored.settings, isRetired: true };
        }),
      );
    },
  });
}

/** @throws {ApiFailure} if a definition cannot come into force that long ago. */
export function expectRecent({ occurredAtMs, nowMs }: Change): number {
  if (occurredAtMs < nowMs - backMsMax) {
    throw new ApiFailure("alarm_definition_too_far_back", isoOf(occurredAtMs), "occurredAt");
  }
  return Math.min(occurredAtMs, nowMs);
}

type Next = { settings: AlarmSettings; isRetired: boolean };

async function put(
  change: Change,
  id: string,
  expectedVersion: number | undefined,
  next: (stored: AlarmDefinitionRow | undefined) => Next,
): Promise<AlarmDefinition> {
  const { tx } = change;
  const validFromMs = expectRecent(change);
  const [stored] = await readAlarmDefinitions(tx, { ids: [id], limit: 1 });
  expectVersion(expectedVersion, stored?.version ?? 0);
  const checked = await checkDefinitions(tx, [{ id, ...next(stored) }], validFromMs);
  const [problem] = checked.problems;
  if (problem !== undefined) throw new ApiFailure(problem.code, problem.detail, problem.field);
  await saveDefinitions(tx, checked);
  return answerOf(await knownDefinition(tx, id));
}

async function knownDefinition(db: Transaction, id: string): Promise<AlarmDefinitionRow> {
  const [row] = await readAlarmDefinitions(db, { ids: [id], limit: 1 });
  if (row === undefined) throw unknown(id);
  return row;
}

function unknown(id: string): ApiFailure {
  return new ApiFailure("alarm_definition_unknown", `"${id}"`, "id");
}

function defined(parts: object): object {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function answerOf(row: AlarmDefinitionRow): AlarmDefinition {
  const { id, line, unit, version, validFromMs, settings, isRetired } = row;
  return {
    id,
    line,
    unit,
    version,
    validFrom: isoOf(validFromMs),
    retired: isRetired,
    ...settings,
  };
}
