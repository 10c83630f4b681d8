import { brandSummary, listOf } from "@only-mes/protocols/console/http";
import { brandPack } from "@only-mes/protocols/brand-pack/schema";
import { z } from "zod";
import type { BrandShelf } from "../brands/brand-shelf.ts";
import type { ApiApp } from "./context.ts";
import { ApiFailure } from "./failure.ts";

const servedBrand = z.object({
  pack: brandPack,
  hash: z.string().describe("SHA-256 of the pack and its logo."),
  logoSvg: z.string().describe("Sanitised SVG."),
  siteTimeZone: z.string().describe("IANA zone in which the console writes times."),
});

export interface BrandContext {
  brands: BrandShelf;
  /** `?brand=` may name a brand: for development and for trying out, never for customers. */
  allowBrandQuery: boolean;
  siteTimeZone: string;
}

export function brandRoutes(
  app: ApiApp,
  { brands, allowBrandQuery, siteTimeZone }: BrandContext,
): void {
  app.route({
    method: "GET",
    url: "/brand",
    schema: {
      summary: "The brand of this console, by the Host header",
      tags: ["brands"],
      querystring: z.strictObject({
        brand: z.string().max(64).optional().describe("Only with --allow-brand-query."),
      }),
      response: { 200: servedBrand, 304: z.null() },
    },
    handler: async (request, reply) => {
      const { brand: asked } = request.query;
      if (asked !== undefined && !allowBrandQuery) {
        throw new ApiFailure("brand_choice_off", undefined, "brand");
      }
      const brand = asked === undefined ? brands.ofHost(request.headers.host) : brands.byId(asked);
      if (brand === undefined) throw new ApiFailure("brand_unknown", `"${asked}"`, "brand");
      const etag = `"${brand.hash} ${siteTimeZone}"`;
      void reply.headers({ etag, "cache-control": "no-cache", vary: "Host" });
      if (request.headers["if-none-match"] === etag) return reply.code(304).send(null);
      return { ...brand, siteTimeZone };
    },
  });

  app.route({
    method: "GET",
    url: "/brands",
    schema: {
      summary: "The brands that may be seen from this host",
      description: "All of them with --allow-brand-query, else only the host's own.",
      tags: ["brands"],
      querystring: z.strictObject({}),
      response: { 200: listOf(brandSummary) },
    },
    handler: async (request) => ({
      items: (allowBrandQuery ? brands.all() : [brands.ofHost(request.headers.host)]).map(
        ({ pack, hash }) => ({
          id: pack.id,
          version: pack.version,
          name: pack.name,
          locale: pack.locale,
          hosts: pack.hosts,
          hash,
        }),
      ),
    }),
  });
}
