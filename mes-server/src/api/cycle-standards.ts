import {
  cycleStandard,
  cycleStandardEnd,
  cycleStandardWanted,
  orderingId,
  type CycleStandard,
} from "@only-mes/protocols/console/orders";
import { z } from "zod";
import {
  createCycleStandard,
  endStandard,
  type CycleStandardOutcome,
} from "../orders/cycle-standards.ts";
import { readCycleStandardRows, type CycleStandardRow } from "../store/readCycleStandardRows.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorParameter, limitParameter, pageOfRows, positionOf } from "./paging.ts";
import { expectUnlocked } from "./period-lock.ts";
import { instantParameter, isoOf } from "./window.ts";

const tags = ["orders"];
const standardParameters = z.strictObject({ id: z.string().regex(/^\d{1,18}$/, "is not an id") });

const standardTable: CsvTable<CycleStandard> = {
  name: "cycle-standards",
  columns: {
    id: ({ id }) => id,
    equipment: ({ equipment }) => equipment,
    product: ({ product }) => product,
    from: ({ from }) => from,
    to: ({ to }) => to,
    idealCycleSeconds: ({ idealCycleSeconds }) => idealCycleSeconds,
    version: ({ version }) => version,
  },
};

export function cycleStandardRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/cycle-standards",
    schema: {
      summary: "Ideal cycles of products on lines and units, with the time in which each holds",
      tags,
      querystring: z.strictObject({
        line: z.string().min(1).max(200).optional().describe("The line and its units."),
        equipment: z.string().min(1).max(200).optional(),
        product: orderingId.optional(),
        at: instantParameter.optional().describe("Only those that hold then."),
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(cycleStandard) },
    },
    handler: (request, reply) =>
      answerList(reply, request.query, standardTable, async ({ limit, cursor }) => {
        const { line, equipment, product, at } = request.query;
        const rows = await readCycleStandardRows(pool, {
          afterId: positionOf(cursor, /^\d{1,18}$/),
          line,
          equipment,
          product,
          atMs: at === undefined ? undefined : Date.parse(at),
          limit: limit + 1,
        });
        return pageOfRows(rows, limit, standardAnswer, ({ id }) => id);
      }),
  });

  app.route({
    method: "POST",
    url: "/cycle-standards",
    schema: {
      summary: "Gives the ideal cycle of a product on a line or unit from a time on",
      tags,
      body: cycleStandardWanted,
      response: { 200: cycleStandard },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const command = { kind: "cycleStandard.create", subject: request.body.equipment };
      return changed(context, request, command, async (change) =>
        settled(change.tx, await createCycleStandard(change, request.body)),
      );
    },
  });

  app.route({
    method: "PATCH",
    url: "/cycle-standards/:id",
    schema: {
      summary: "Ends an ideal cycle at another time",
      tags,
      params: standardParameters,
      body: cycleStandardEnd,
      response: { 200: cycleStandard },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const { id } = request.params;
      const command = { kind: "cycleStandard.end", subject: id };
      return changed(context, request, command, async (change) =>
        settled(change.tx, await endStandard(change, id, request.body)),
      );
    },
  });
}

async function settled(tx: Transaction, made: CycleStandardOutcome): Promise<CycleStandard> {
  if ("refusal" in made) throw new ApiFailure(made.refusal, made.detail, made.field);
  await expectUnlocked(tx, made.standard.line, made.changedFromMs, made.field);
  return standardAnswer(made.standard);
}

function standardAnswer(row: CycleStandardRow): CycleStandard {
  const { id, equipment, product, fromMs, toMs, idealCycleSeconds, version } = row;
  return {
    id,
    equipment,
    product,
    from: isoOf(fromMs),
    to: toMs === null ? null : isoOf(toMs),
    idealCycleSeconds,
    version,
  };
}
