import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import {
  labourInterval,
  labourRule,
  labourRuleWanted,
  labourSigned,
  labourSignOff,
  labourSignOn,
  labourSum,
  type LabourInterval,
  type LabourRule,
  type LabourSum,
} from "@only-mes/protocols/console/labour";
import { listOf } from "@only-mes/protocols/console/http";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import type { LabourInterval as FoldedInterval } from "../domain/labour/fold-labour.ts";
import { labourSums, type LabourTime } from "../domain/labour/labour-time.ts";
import { lineOfEquipment } from "../domain/quality/place.ts";
import { plainRule, readLabour, readLabourTimes } from "../labour/readLabour.ts";
import { insertLabourFact, type LabourFactRow } from "../store/insertLabourFact.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertLabourRule, readLabourRules } from "../store/labourRules.ts";
import { readLabourFact } from "../store/readLabourFact.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { knownEquipment } from "./known-equipment.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const tags = ["labour"];
const daysMax = 92;
const minuteMs = 60_000;
const lineParameter = z.string().min(1).max(64);

const intervalTable: CsvTable<LabourInterval> = {
  name: "labour",
  columns: {
    person: ({ person }) => person,
    equipment: ({ equipment }) => equipment,
    role: ({ role }) => role,
    from: ({ from }) => from,
    to: ({ to }) => to,
    ended_by: ({ endedBy }) => endedBy,
  },
};

const sumTable: CsvTable<LabourSum> = {
  name: "labour-minutes",
  columns: {
    key: ({ key }) => key,
    persons: ({ persons }) => persons,
    minutes: ({ minutes }) => minutes,
    job_minutes: ({ jobMinutes }) => jobMinutes,
    worker_efficiency: ({ workerEfficiency }) => workerEfficiency,
  },
};

export function labourRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "POST",
    url: "/labour/sign-on",
    schema: {
      summary:
        "Somebody works at a line or a unit from now on; elsewhere that ends, unless the lines take several",
      tags,
      body: labourSignOn,
      response: { 200: labourSigned },
    },
    preValidation,
    handler: async (request) => {
      const { person, equipment, role } = request.body;
      checkPerson(person);
      knownEquipment(context, equipment);
      return changed(context, request, { kind: "labour.signOn", subject: equipment }, (change) =>
        sign(change, { kind: "on", person, equipment, role, subject: null }),
      );
    },
  });

  app.route({
    method: "POST",
    url: "/labour/sign-off",
    schema: {
      summary: "Somebody works no longer, at one place or anywhere",
      tags,
      body: labourSignOff,
      response: { 200: labourSigned },
    },
    preValidation,
    handler: async (request) => {
      const { person, equipment = null } = request.body;
      checkPerson(person);
      if (equipment !== null) knownEquipment(context, equipment);
      const subject = equipment ?? person;
      return changed(context, request, { kind: "labour.signOff", subject }, (change) =>
        sign(change, { kind: "off", person, equipment, role: null, subject: null }),
      );
    },
  });

  app.route({
    method: "POST",
    url: "/labour/facts/:id/withdraw",
    schema: {
      summary: "A sign-on or sign-off was a mistake: it counts no longer",
      tags,
      params: z.strictObject({ id: z.string().min(1).max(64) }),
      body: commandEnvelope,
      response: { 200: labourSigned },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      return changed(context, request, { kind: "labour.withdraw", subject: id }, async (change) => {
        const known = await readLabourFact(change.tx, id);
        if (known === undefined) throw new ApiFailure("labour_fact_unknown", `"${id}"`, "id");
        const { person, equipment } = known;
        return sign(change, { kind: "withdrawn", person, equipment, role: null, subject: id });
      });
    },
  });

  app.route({
    method: "GET",
    url: "/labour/intervals",
    schema: {
      summary: "Who was signed on where, in order of time; who is now if `present` is asked for",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        ...csvParameters,
        line: lineParameter.optional(),
        person: z.string().min(1).max(64).optional(),
        present: z.enum(["true", "false"]).optional(),
      }),
      response: { 200: listOrCsv(labourInterval) },
    },
    handler: async ({ query }, reply) => {
      const nowMs = context.clock.now();
      const { line, person, present } = query;
      if (line !== undefined) knownLine(context, line);
      const window = windowOf(query, nowMs, daysMax);
      const intervals = await readLabour(context.pool, { line, ...window, nowMs });
      const items = intervals
        .filter((each) => person === undefined || each.person === person)
        .filter(({ toMs }) => present === undefined || (toMs === null) === (present === "true"))
        .map(intervalAnswer);
      return answerList(reply, query, intervalTable, async () => ({ items }));
    },
  });

  app.route({
    method: "GET",
    url: "/labour/minutes",
    schema: {
      summary: "Person minutes of a range, by line, equipment, shift, job or role",
      description:
        "By job: direct labour. Where several jobs run at once on a line, each has its share, so that the sum is what was worked.",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        ...csvParameters,
        line: lineParameter.optional(),
        by: z.enum(["line", "equipment", "shift", "job", "role"]).default("line"),
      }),
      response: { 200: listOrCsv(labourSum) },
    },
    handler: async ({ query }, reply) => {
      const nowMs = context.clock.now();
      const { line, by } = query;
      if (line !== undefined) knownLine(context, line);
      const window = windowOf(query, nowMs, daysMax);
      const times = await readLabourTimes(context.pool, { line, ...window, nowMs });
      const items = labourSums(times, (time) => keyOf(time, by)).map(
        ({ key, persons, ms, jobMs }) => ({
          key,
          persons,
          minutes: Math.round(ms / 60) / 1000,
          jobMinutes: Math.round(jobMs / 60) / 1000,
          workerEfficiency: ms === 0 ? null : jobMs / ms,
        }),
      );
      return answerList(reply, query, sumTable, async () => ({ items }));
    },
  });

  app.route({
    method: "GET",
    url: "/labour/rules",
    schema: {
      summary: "How sign-ons are read on each line",
      tags,
      querystring: z.strictObject({ line: lineParameter.optional() }),
      response: { 200: listOf(labourRule) },
    },
    handler: async ({ query }) => {
      const lines =
        query.line === undefined
          ? context.live.book.lines().map(({ id }) => id)
          : [knownLine(context, query.line).id];
      const nowMs = context.clock.now();
      return {
        items: await Promise.all(lines.map((line) => ruleAnswer(context.pool, line, nowMs))),
      };
    },
  });

  app.route({
    method: "PUT",
    url: "/labour/rules/:line",
    schema: {
      summary: "Says how sign-ons are read on a line, from `occurredAt` on",
      tags,
      params: z.strictObject({ line: lineParameter }),
      body: labourRuleWanted,
      response: { 200: labourRule },
    },
    preValidation,
    handler: async (request) => {
      const line = knownLine(context, request.params.line).id;
      const { severalPlaces, toleranceMinutes } = request.body;
      return changed(context, request, { kind: "labour.rule", subject: line }, async (change) => {
        const { tx, occurredAtMs: fromMs, commandId } = change;
        const toleranceMs = toleranceMinutes * minuteMs;
        await insertLabourRule(tx, { line, fromMs, severalPlaces, toleranceMs }, commandId);
        return ruleAnswer(tx, line, change.nowMs);
      });
    },
  });
}

const reference = /^[a-z][a-z0-9-]{0,15}:[A-Za-z0-9._-]{1,47}$/;

/** @throws {ApiFailure} if it is not of the form of a reference. */
function checkPerson(person: string): void {
  if (!reference.test(person)) throw new ApiFailure("person_not_a_reference", undefined, "person");
}

async function sign(
  { tx, commandId, occurredAtMs, nowMs, actor }: Change,
  fact: Pick<LabourFactRow, "kind" | "person" | "equipment" | "role" | "subject">,
) {
  await insertLabourFact(tx, {
    ...fact,
    id: commandId,
    atMs: occurredAtMs,
    knownAtMs: nowMs,
    actor,
  });
  const around = { fromMs: nowMs, toMs: nowMs + 1, nowMs };
  const present = (await readLabour(tx, around)).filter(({ person }) => person === fact.person);
  const happened = ({ on: "signedOn", off: "signedOff", withdrawn: "withdrawn" } as const)[
    fact.kind
  ];
  if (fact.equipment !== null) {
    const { person, role, equipment } = fact;
    await insertOutboxEvents(tx, [
      { kind: `labour.${happened}`, equipment, atMs: occurredAtMs, data: { person, role } },
    ]);
  }
  return {
    fact: commandId,
    present: present.filter(({ toMs }) => toMs === null).map(intervalAnswer),
  };
}

function intervalAnswer({ fromMs, toMs, ...rest }: FoldedInterval): LabourInterval {
  return { ...rest, from: isoOf(fromMs), to: toMs === null ? null : isoOf(toMs) };
}

function keyOf(time: LabourTime, by: "line" | "equipment" | "shift" | "job" | "role") {
  return by === "line" ? lineOfEquipment(time.equipment) : time[by];
}

async function ruleAnswer(db: Transaction, line: string, nowMs: number): Promise<LabourRule> {
  const rules = await readLabourRules(db);
  const rule = rules.findLast((each) => each.line === line && each.fromMs <= nowMs);
  const { severalPlaces, toleranceMs } = rule ?? plainRule;
  return {
    line,
    severalPlaces,
    toleranceMinutes: toleranceMs / minuteMs,
    from: rule === undefined ? null : isoOf(rule.fromMs),
  };
}
