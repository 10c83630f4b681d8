import { sampleGap, type SampleGap } from "@only-mes/protocols/console/http";
import { z } from "zod";
import { readSampleGaps } from "../store/readSampleGaps.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

const asCsv: CsvTable<SampleGap> = {
  name: "sample-gaps",
  columns: {
    id: ({ id }) => id,
    source: ({ source }) => source,
    device: ({ device }) => device,
    from: ({ from }) => from,
    to: ({ to }) => to,
    samples: ({ samples }) => samples,
    reason: ({ reason }) => reason,
  },
};

export function gapRoutes(app: ApiApp, { pool }: ApiContext): void {
  app.route({
    method: "GET",
    url: "/gaps",
    schema: {
      summary: "Samples that gateways read and had to drop, the last told first",
      description:
        "From and to are source times; between them there may be samples that were kept.",
      tags: ["delivery"],
      querystring: z.strictObject({
        source: z.string().max(200).optional().describe("<group>/<edge node>"),
        device: z.string().max(200).optional(),
        limit: limitParameter(50, 500),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(sampleGap) },
    },
    handler: async ({ query }, reply) =>
      answerList(reply, query, asCsv, async ({ limit, cursor }) => {
        const { source, device } = query;
        const beforeId = positionOf(cursor, /^\d{1,18}$/);
        const rows = await readSampleGaps(pool, { beforeId, source, device, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(({ fromMs, toMs, ...row }) => ({
            ...row,
            from: isoOf(fromMs),
            to: isoOf(toMs),
          })),
          ...(last === undefined || rows.length === page.length
            ? {}
            : { nextCursor: cursorFrom(last.id) }),
        };
      }),
  });
}
