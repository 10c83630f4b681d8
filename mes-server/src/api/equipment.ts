import {
  equipment as equipmentSchema,
  equipmentInFull,
  lineUnder,
  type Equipment,
  type EquipmentInFull,
} from "@only-mes/protocols/console/plant";
import { equipmentId, equipmentLevel } from "@only-mes/protocols/plant/plant-model";
import { z } from "zod";
import { nodesAt, type NodeAt } from "../domain/plant/nodes-at.ts";
import { readLinesUnder } from "../store/readLinesUnder.ts";
import { readPlantNodes, type KeptNode } from "../store/readPlantNodes.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable, type ListPage } from "./csv.ts";
import { listOf } from "@only-mes/protocols/console/http";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { instantParameter, isoOf, windowOf, windowParameters } from "./window.ts";

export const equipmentParameters = z.strictObject({ id: z.string().min(1).max(200) });

const listParameters = z.strictObject({
  level: equipmentLevel.optional(),
  parent: equipmentId.optional().describe("Only what lies under it directly."),
  under: equipmentId.optional().describe("Only what lies under it, however deep."),
  at: instantParameter.optional().describe("As it was then; now if absent."),
  retired: z
    .enum(["true", "false"])
    .default("false")
    .describe("true: also what is retired by then."),
  provisional: z
    .enum(["true", "false"])
    .optional()
    .describe("true: only what nobody has confirmed."),
  limit: limitParameter(10_000, 10_000),
  cursor: cursorParameter,
  ...csvParameters,
});

const tags = ["equipment"];
const windowDaysMax = 3_660;

const table: CsvTable<Equipment> = {
  name: "equipment",
  columns: {
    id: ({ id }) => id,
    level: ({ level }) => level,
    name: ({ name }) => name,
    parent: ({ parent }) => parent,
    zone: ({ zone }) => zone,
    provisional: ({ provisional }) => provisional,
    retiredAt: ({ retiredAt }) => retiredAt,
    attributes: ({ attributes }) =>
      Object.entries(attributes)
        .map(([name, value]) => `${name}=${value}`)
        .join("; "),
  },
};

export function equipmentRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/equipment",
    schema: {
      summary: "The equipment hierarchy, each before its children",
      tags,
      querystring: listParameters,
      response: { 200: listOrCsv(equipmentSchema) },
    },
    handler: async ({ query }, reply) =>
      answerList(reply, query, table, (page) => equipmentPage(context, query, page)),
  });

  app.route({
    method: "GET",
    url: "/equipment/:id",
    schema: {
      summary: "One piece of equipment, with what it lay under and when",
      description: "Slashes of the id are sent as %2F.",
      tags,
      params: equipmentParameters,
      querystring: z.strictObject({}),
      response: { 200: equipmentInFull },
    },
    handler: async ({ params }) => inFull(knownNode(await readPlantNodes(pool), params.id)),
  });

  app.route({
    method: "GET",
    url: "/equipment/:id/lines",
    schema: {
      summary: "The lines that lay under equipment, and when within a range",
      tags,
      params: equipmentParameters,
      querystring: z.strictObject(windowParameters),
      response: { 200: listOf(lineUnder) },
    },
    handler: async ({ params, query }) => {
      const { id } = knownNode(await readPlantNodes(pool), params.id);
      const window = windowOf(query, context.clock.now(), windowDaysMax);
      const lines = await readLinesUnder(pool, { equipment: id, ...window });
      return {
        items: lines.map(({ line, fromMs, toMs }) => ({
          line,
          from: isoOf(fromMs),
          to: isoOf(toMs),
        })),
      };
    },
  });
}

/** @throws {ApiFailure} if there is none. */
export function knownNode(nodes: ReadonlyMap<string, KeptNode>, id: string): KeptNode {
  const node = nodes.get(id);
  if (node === undefined) throw new ApiFailure("equipment_unknown", `"${id}"`, "id");
  return node;
}

async function equipmentPage(
  { pool, clock }: ApiContext,
  query: z.infer<typeof listParameters>,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ListPage<Equipment>> {
  const atMs = query.at === undefined ? clock.now() : Date.parse(query.at);
  const { level, parent, under } = query;
  const all = nodesAt([...(await readPlantNodes(pool)).values()], atMs);
  const found = all.filter(
    ({ node, parent: of, lineage, isRetired }) =>
      (level === undefined || node.level === level) &&
      (parent === undefined || of === parent) &&
      (under === undefined || lineage.includes(under)) &&
      (query.retired === "true" || !isRetired) &&
      (query.provisional === undefined || String(node.provisional) === query.provisional),
  );
  const after = positionOf(cursor, /^\S{1,200}$/);
  const begin = after === undefined ? 0 : found.findIndex(({ node }) => node.id === after) + 1;
  const page = found.slice(begin, begin + limit);
  const last = page.at(-1);
  const isWhole = begin + limit >= found.length;
  return {
    items: page.map(equipmentAnswer),
    ...(isWhole || last === undefined ? {} : { nextCursor: cursorFrom(last.node.id) }),
  };
}

function equipmentAnswer({ node, parent }: NodeAt<KeptNode>): Equipment {
  const { id, level, name, zone, attributes, settings, provisional, retiredAtMs, version } = node;
  const retiredAt = retiredAtMs === null ? null : isoOf(retiredAtMs);
  return { id, level, name, parent, zone, attributes, settings, provisional, retiredAt, version };
}

export function inFull(node: KeptNode): EquipmentInFull {
  return {
    ...equipmentAnswer({
      node,
      parent: node.places.at(-1)?.parent ?? null,
      lineage: [],
      isRetired: false,
    }),
    places: node.places.map(({ parent, fromMs, toMs }) => ({
      parent,
      from: fromMs === null ? null : isoOf(fromMs),
      to: toMs === null ? null : isoOf(toMs),
    })),
  };
}
