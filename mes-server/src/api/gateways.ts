import {
  gateway as gatewaySchema,
  gatewayMap,
  gatewayMapDeployment,
  gatewayMapRevert,
  gatewayMapRevision,
  gatewayMapWanted,
  listOf,
  type Gateway,
  type GatewayMapDeployment,
} from "@only-mes/protocols/console/http";
import { mapTextMax } from "@only-mes/protocols/gateway/messages";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import type { WantedMap } from "../gateways/mapDeployments.ts";
import { readGatewayMap, type GatewayMapRow } from "../store/readGatewayMap.ts";
import { readGatewayMapRevisions } from "../store/readGatewayMapRevisions.ts";
import { readGatewayMembers, type GatewayMemberRow } from "../store/readGatewayMembers.ts";
import { changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

const gatewayParameters = z.strictObject({ site: slug, gateway: slug });
const revisionParameters = gatewayParameters.extend({
  revision: z.coerce.number().int().positive().max(2_147_483_647),
});
/** A map in JSON, every character of it escaped at worst as two. */
const bodyBytesMax = 2 * mapTextMax + 65_536;
const tags = ["gateways"];

export function gatewayRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/gateways",
    schema: {
      summary: "Gateways that have been heard of, with the map that each member has",
      tags,
      querystring: z.strictObject({}),
      response: { 200: listOf(gatewaySchema) },
    },
    handler: async () => ({ items: gatewaysOf(await readGatewayMembers(pool)) }),
  });

  app.route({
    method: "GET",
    url: "/gateways/:site/:gateway/map",
    schema: {
      summary: "The newest device map that was deployed to a gateway",
      tags,
      params: gatewayParameters,
      querystring: z.strictObject({}),
      response: { 200: gatewayMap },
    },
    handler: async ({ params }) => mapAnswer(await knownMap(context, params)),
  });

  app.route({
    method: "PUT",
    url: "/gateways/:site/:gateway/map",
    bodyLimit: bodyBytesMax,
    schema: {
      summary: "Deploys a device map to a gateway, as a new revision",
      description:
        "It is validated first; then it is kept, and sent to every member, whose answer stands in /gateways. " +
        "A map equal to the newest revision makes no new one.",
      tags,
      params: gatewayParameters,
      body: gatewayMapWanted,
      response: { 200: gatewayMapDeployment },
    },
    preValidation: refuseFromAfar,
    handler: async ({ params, body }) => {
      const { text, note, expectedRevision, dryRun: isDryRun } = body;
      return deploy(context, { ...params, text, note, expectedRevision, isDryRun });
    },
  });

  app.route({
    method: "POST",
    url: "/gateways/:site/:gateway/map/revert",
    schema: {
      summary: "Deploys an earlier revision again, as a new one",
      tags,
      params: gatewayParameters,
      body: gatewayMapRevert,
      response: { 200: gatewayMapDeployment },
    },
    preValidation: refuseFromAfar,
    handler: async ({ params, body }) => {
      const { revision, expectedRevision } = body;
      const { text } = await knownMap(context, params, revision);
      const note = `as revision ${revision}`;
      return deploy(context, { ...params, text, note, expectedRevision, isDryRun: false });
    },
  });

  app.route({
    method: "GET",
    url: "/gateways/:site/:gateway/map/revisions",
    schema: {
      summary: "Revisions of a gateway's map, the newest first",
      tags,
      params: gatewayParameters,
      querystring: z.strictObject({ limit: limitParameter(50, 500), cursor: cursorParameter }),
      response: { 200: listOf(gatewayMapRevision) },
    },
    handler: async ({ params, query }) => {
      const below = positionOf(query.cursor, /^\d{1,9}$/);
      const rows = await readGatewayMapRevisions(pool, nameOf(params), {
        below: below === undefined ? undefined : Number(below),
        limit: query.limit + 1,
      });
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      return {
        items: page.map(({ atMs, ...row }) => ({ ...row, at: isoOf(atMs) })),
        ...(last === undefined || rows.length === page.length
          ? {}
          : { nextCursor: cursorFrom(String(last.revision)) }),
      };
    },
  });

  app.route({
    method: "GET",
    url: "/gateways/:site/:gateway/map/revisions/:revision",
    schema: {
      summary: "One revision of a gateway's map",
      tags,
      params: revisionParameters,
      querystring: z.strictObject({}),
      response: { 200: gatewayMap },
    },
    handler: async ({ params }) => mapAnswer(await knownMap(context, params, params.revision)),
  });
}

/** A map names the machines that a gateway talks to: never for anybody who reaches a port. */
const refuseFromAfar = changesAllowed({ changesFrom: "own-machine" });

interface GatewayName {
  site: string;
  gateway: string;
}

function nameOf({ site, gateway }: GatewayName): string {
  return `${site}/${gateway}`;
}

async function deploy({ maps }: ApiContext, wanted: WantedMap): Promise<GatewayMapDeployment> {
  const deployed = await maps.deploy(wanted);
  switch (deployed.kind) {
    case "refused":
      throw new ApiFailure("map_invalid", deployed.problems[0], "text", deployed.problems);
    case "overtaken":
      throw new ApiFailure(
        "map_overtaken",
        `It has revision ${deployed.revision}.`,
        "expectedRevision",
      );
    case "deployed":
    case "unchanged":
    case "dryRun":
      return { result: deployed.kind, revision: deployed.revision, diff: deployed.diff };
  }
}

/** @throws {ApiFailure} if there is none. */
async function knownMap(
  { pool }: ApiContext,
  name: GatewayName,
  revision?: number,
): Promise<GatewayMapRow> {
  const row = await readGatewayMap(pool, nameOf(name), revision);
  if (row === undefined) throw new ApiFailure("map_unknown", nameOf(name), "gateway");
  return row;
}

function mapAnswer({ atMs, ...row }: GatewayMapRow) {
  return { ...row, at: isoOf(atMs) };
}

function gatewaysOf(rows: readonly GatewayMemberRow[]): Gateway[] {
  const gateways = new Map<string, Gateway>();
  for (const { gateway: id, heardAtMs, ...member } of rows) {
    const [site = "", gateway = ""] = id.split("/");
    const known = gateways.get(id) ?? { site, gateway, members: [] };
    known.members.push({ ...member, heardAt: isoOf(heardAtMs) });
    gateways.set(id, known);
  }
  return [...gateways.values()];
}
