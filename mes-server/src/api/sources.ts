import { listOf, source as sourceSchema } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { readSources } from "../store/readSources.ts";
import type { ApiApp, ApiContext } from "./context.ts";

export function sourceRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/sources",
    schema: {
      summary: "What has been committed of each gateway",
      description: "Of each epoch at most the newest 256 ranges of sequences.",
      tags: ["delivery"],
      querystring: z.strictObject({}),
      response: { 200: listOf(sourceSchema) },
    },
    handler: async () => ({ items: await readSources(pool) }),
  });
}
