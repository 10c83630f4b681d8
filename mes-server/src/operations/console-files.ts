import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { ApiApp } from "../api/context.ts";
import { answerUnknownPath } from "../api/failure.ts";

/** Vite writes files with a hash of their content in the name there: they never change. */
const hashedAssets = "/assets/";
const yearSeconds = 31_536_000;

/** The built console; every path that is no file and not the API's shows its page. */
export async function serveConsole(app: ApiApp, consoleDir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: consoleDir,
    index: false,
    cacheControl: false,
    dotfiles: "ignore",
    globIgnore: ["**/*.map"],
    setHeaders: (reply, path) => {
      reply.header("cache-control", cachingOf(path.slice(consoleDir.length)));
    },
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?")[0] ?? "/";
    const isPage = request.method === "GET" || request.method === "HEAD";
    if (!isPage || path.startsWith("/api/") || path === "/api" || path.startsWith(hashedAssets)) {
      return answerUnknownPath(request, reply);
    }
    return page(reply);
  });
  app.route({
    method: "GET",
    url: "/",
    schema: { hide: true },
    handler: async (_, reply) => page(reply),
  });

  /** Looked for each time, so that a console that is built later needs no restart. */
  function page(reply: FastifyReply): FastifyReply {
    return existsSync(join(consoleDir, "index.html"))
      ? reply.sendFile("index.html")
      : reply.code(503).type("text/plain; charset=utf-8").send(notBuilt(consoleDir));
  }
}

function cachingOf(path: string): string {
  return path.replaceAll("\\", "/").startsWith(hashedAssets)
    ? `public, max-age=${yearSeconds}, immutable`
    : "no-cache";
}

function notBuilt(consoleDir: string): string {
  return [
    "The server runs, but its console has not been built.",
    "",
    `There is no index.html in ${consoleDir}. Build the console with:`,
    "",
    "  npm run console:build",
    "",
    "and load this page again. The API answers under /api/openapi.json.",
    "",
  ].join("\n");
}
