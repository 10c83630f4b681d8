import {
  unboundReasons,
  unboundSignal,
  type UnboundSignal,
} from "@only-mes/protocols/console/plant";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { z } from "zod";
import { missingRoles } from "../domain/plant/missing-roles.ts";
import { readSignalPlaces, type SignalPlaceRow } from "../store/readSignalPlaces.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable, type ListPage } from "./csv.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";

const parameters = z.strictObject({
  line: z.string().max(64).optional().describe("Only signals of this line."),
  unit: z.string().max(130).optional().describe("Only signals of this unit, <line>.<unit>."),
  reason: z.enum(unboundReasons).optional().describe("Only those that are listed for it."),
  limit: limitParameter(100, 1_000),
  cursor: cursorParameter,
  ...csvParameters,
});

const rowsAtOnce = 1_000;

const table: CsvTable<UnboundSignal> = {
  name: "unbound-signals",
  columns: {
    signal: ({ signal }) => signal,
    unit: ({ unit }) => unit,
    line: ({ line }) => line,
    role: ({ role }) => role,
    datatype: ({ datatype }) => datatype,
    reasons: ({ reasons }) => reasons.join(" "),
    missing: ({ missing }) => missing.join(" "),
  },
};

export function unboundSignalRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/signals/unbound",
    schema: {
      summary: "Signals that an engineer may still have to bind, and why",
      description: "In the order of their ids. PUT /signals/{id}/binding says what one is.",
      tags: ["plant model"],
      querystring: parameters,
      response: { 200: listOrCsv(unboundSignal) },
    },
    handler: async ({ query }, reply) =>
      answerList(reply, query, table, (page) => unboundPage(context, query, page)),
  });
}

async function unboundPage(
  { pool }: ApiContext,
  { line, unit, reason }: z.infer<typeof parameters>,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ListPage<UnboundSignal>> {
  const items: UnboundSignal[] = [];
  let after = positionOf(cursor, /^[a-z0-9_.-]{1,250}$/) ?? "";
  for (;;) {
    const rows = await readSignalPlaces(pool, { line, unit, after, limit: rowsAtOnce });
    for (const row of rows) {
      const item = unboundOf(row);
      if (item.reasons.length === 0) continue;
      if (reason !== undefined && !item.reasons.includes(reason)) continue;
      const last = items.at(-1);
      if (items.length === limit && last !== undefined) {
        return { items, nextCursor: cursorFrom(last.signal) };
      }
      items.push(item);
    }
    if (rows.length < rowsAtOnce) return { items };
    after = rows.at(-1)?.id ?? after;
  }
}

function unboundOf(row: SignalPlaceRow): UnboundSignal {
  const missing = missingRoles(row, row.rolesOfUnit);
  const reasons: UnboundSignal["reasons"] = [];
  if (row.unitIs === "provisional") reasons.push("unitProvisional");
  if (row.unitIs === "retired") reasons.push("unitRetired");
  if (missing.length > 0) reasons.push("unitLacksRole");
  const datatype = Object.entries(datatypes).find(([, number]) => number === row.datatype)?.[0];
  const { id: signal, unit, line, role } = row;
  return { signal, unit, line, role, datatype: datatype ?? String(row.datatype), reasons, missing };
}
