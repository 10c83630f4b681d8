import {
  equipment as equipmentSchema,
  listOf,
  type Equipment,
} from "@only-mes/protocols/console/http";
import { z } from "zod";
import type { LineBook } from "../live/line-book.ts";
import { loadedBook, type ApiApp, type ApiContext } from "./context.ts";

export function equipmentRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/equipment",
    schema: {
      summary: "The equipment hierarchy, each before its children",
      tags: ["equipment"],
      querystring: z.strictObject({}),
      response: { 200: listOf(equipmentSchema) },
    },
    handler: async () => {
      const found = new Map<string, Equipment>();
      for (const line of loadedBook(context).lines()) {
        for (const item of ofLine(line)) if (!found.has(item.id)) found.set(item.id, item);
      }
      return { items: [...found.values()] };
    },
  });
}

function ofLine(line: LineBook): Equipment[] {
  const { enterprise, site, area, name } = line.definition;
  const siteId = `${enterprise}/${site}`;
  const areaId = `${siteId}/${area}`;
  return [
    { id: enterprise, level: "enterprise", name: enterprise, parent: null },
    { id: siteId, level: "site", name: site, parent: enterprise },
    { id: areaId, level: "area", name: area, parent: siteId },
    { id: line.id, level: "line", name, parent: areaId },
    ...line.units().map((unit): Equipment => ({
      id: unit.id,
      level: "unit",
      name: unit.definition.name,
      parent: line.id,
    })),
  ];
}
