import type { Registry } from "prom-client";
import type { ApiApp } from "../api/context.ts";

/** One thing that must work before the server can do its job. */
export interface ReadinessPart {
  name: string;
  ok: boolean;
  detail: string;
}

export interface HealthOptions {
  registry: Registry;
  readiness: () => Promise<ReadinessPart[]>;
}

const readinessTimeoutMs = 5_000;

export function healthRoutes(app: ApiApp, { registry, readiness }: HealthOptions): void {
  app.route({
    method: "GET",
    url: "/livez",
    schema: { hide: true },
    handler: async (_, reply) => reply.header("cache-control", "no-store").send({ ok: true }),
  });
  app.route({
    method: "GET",
    url: "/readyz",
    schema: { hide: true },
    handler: async (_, reply) => {
      const parts = await withinTime(readiness);
      const ok = parts.every((part) => part.ok);
      return reply
        .code(ok ? 200 : 503)
        .header("cache-control", "no-store")
        .send({ ok, notReady: parts.filter((part) => !part.ok).map((part) => part.name), parts });
    },
  });
  app.route({
    method: "GET",
    url: "/metrics",
    schema: { hide: true },
    handler: async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  });
}

/** A part that hangs or fails is a part that is not ready; the question itself always is answered. */
async function withinTime(readiness: HealthOptions["readiness"]): Promise<ReadinessPart[]> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<ReadinessPart[]>((resolve) => {
    timer = setTimeout(
      () => resolve([notKnown(`no answer within ${readinessTimeoutMs} ms`)]),
      readinessTimeoutMs,
    );
  });
  try {
    return await Promise.race([readiness(), tooSlow]);
  } catch (error) {
    return [notKnown(error instanceof Error ? error.message : String(error))];
  } finally {
    clearTimeout(timer);
  }
}

function notKnown(detail: string): ReadinessPart {
  return { name: "readiness", ok: false, detail };
}
