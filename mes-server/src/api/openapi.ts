import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { apiError } from "@only-mes/protocols/console/http";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { apiErrors } from "./errors.ts";

/** How the API describes itself: each route by its own schema, and what is the same for all of them here. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.0.3",
      info: {
        title: "Only MES",
        version,
        description:
          "docs/api.md says how to page, filter, choose ranges of time and send commands; docs/errors.md lists every error.",
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      },
      // Of wherever it is served from.
      servers: [{ url: "/" }],
      components: {
        schemas: {
          ApiError: {
            ...(z.toJSONSchema(apiError, { target: "openapi-3.0" }) as object),
            example: {
              error: {
                code: "line_unknown",
                message: `${apiErrors.line_unknown.what} "bottling-9"`,
                action: apiErrors.line_unknown.action,
                field: "id",
              },
            },
          },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      if (schema?.hide === true || schema === undefined) return { schema: schema ?? {}, url };
      const { method } = document.route;
      const { response = {} } = schema as { response?: Record<string, object> };
      return {
        url,
        schema: {
          operationId: operationId(String(method), url),
          ...schema,
          response: { ...described(response), ...failures },
        },
      };
    },
  };
}

const failures = {
  "4xx": failure("What was asked for cannot be answered, or not so: `code` says why."),
  "5xx": failure("The server cannot answer now: `action` says what to do."),
};

function failure(description: string): object {
  const schema = { $ref: "#/components/schemas/ApiError" };
  return { description, content: { "application/json": { schema } } };
}

/** `GET /api/v1/lines/:id/states` is `getLinesByIdStates`. */
function operationId(method: string, url: string): string {
  const words = url
    .replace(/^\/api\/v1\//, "")
    .split(/[/-]/)
    .map((word) => (word.startsWith(":") ? `By${capital(word.slice(1))}` : capital(word)));
  return `${method.toLowerCase()}${words.join("")}`;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** A schema that does not say what it is gets a description, as OpenAPI wants one of each answer. */
function described(responses: Record<string, object>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => [
      status,
      "description" in schema || "content" in schema
        ? schema
        : {
            ...schema,
            description: status === "304" ? "Not changed since." : "What was asked for.",
          },
    ]),
  );
}
