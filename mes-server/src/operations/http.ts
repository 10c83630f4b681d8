import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import type { LinePicture } from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import fastify, { LogController, type FastifyBaseLogger } from "fastify";
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { ApiApp, PlantChanged } from "../api/context.ts";
import { openapiOptions } from "../api/openapi.ts";
import { apiRoutes } from "../api/routes.ts";
import { answerFailures, answerFrameworkFailure } from "../api/failure.ts";
import { keepShifts } from "../calendar/keepShifts.ts";
import { loadBrands } from "../brands/load-brands.ts";
import type { CommitListener } from "../commit/committed.ts";
import type { MapDeployments } from "../gateways/mapDeployments.ts";
import type { LineBook } from "../live/line-book.ts";
import { createLive, type Live } from "../live/live.ts";
import { openSockets, type Sockets } from "../live/sockets.ts";
import { Topics } from "../live/topics.ts";
import { serveConsole } from "./console-files.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";
import { coreVersion } from "./core-version.ts";
import { healthRoutes, type ReadinessPart } from "./health.ts";
import { liveMetrics } from "./live-metrics.ts";

interface HttpEdgeConfig {
  /** 0 is any free port. */
  httpPort: number;
  httpHost: string;
  consoleDir: string;
  brandsDir: string;
  allowBrandQuery: boolean;
  changesFrom: "own-machine" | "anywhere";
  /** IANA zone of the shifts. */
  siteTimeZone: string;
}

export interface HttpEdgeDeps {
  config: HttpEdgeConfig;
  pool: Pool;
  maps: MapDeployments;
  /** Tells lanes and live of a change of the plant model, after its commit. */
  plantChanged: PlantChanged;
  clock: PlantClock;
  log: Logger;
  registry: Registry;
  readiness: () => Promise<ReadinessPart[]>;
}

export interface HttpEdge {
  listener: CommitListener;
  tell: Live["tell"];
  /** What consoles are shown of each line; `undefined` while it is not loaded. */
  linePictures(): LinePicture[] | undefined;
  /** Those whose pictures are loaded. */
  lines(): LineBook[];
  /** @throws {BrandPackError} if a brand pack cannot be served; of the socket if the port is taken. */
  listen(): Promise<{ url: string }>;
  close(): Promise<void>;
}

/** All that consoles and operators see of the server: API, live topics, console, health, metrics. */
export function createHttpEdge(deps: HttpEdgeDeps): HttpEdge {
  const { config, pool, clock, log } = deps;
  const keeper = keepShifts({ pool, clock, log, defaultZone: config.siteTimeZone });
  const topics = new Topics(randomUUID(), clock);
  const live = createLive({
    pool,
    clock,
    shifts: keeper.shifts,
    topics,
    log,
    onPublished: () => sockets?.delivery.deliver(),
  });
  const loggerInstance: FastifyBaseLogger = log;
  const app: ApiApp = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 65_536,
    routerOptions: { maxParamLength: 256 },
    requestTimeout: 30_000,
    forceCloseConnections: true,
    frameworkErrors: answerFrameworkFailure,
  }).withTypeProvider<ZodTypeProvider>();
  let sockets: Sockets | undefined;

  async function listen(): Promise<{ url: string }> {
    const brands = await loadBrands(config.brandsDir, coreVersion, log);
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    answerFailures(app);
    await app.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
      strictTransportSecurity: false,
    });
    await app.register(swagger, openapiOptions(coreVersion));
    const metrics = liveMetrics(deps.registry);
    await app.register(
      async (api) => {
        apiRoutes(api.withTypeProvider<ZodTypeProvider>(), {
          pool,
          maps: deps.maps,
          plantChanged: async (recalculated) => {
            keeper.wake();
            await deps.plantChanged(recalculated);
          },
          clock,
          live,
          keeper,
          changesFrom: config.changesFrom,
          brands,
          allowBrandQuery: config.allowBrandQuery,
          siteTimeZone: config.siteTimeZone,
        });
      },
      { prefix: "/api" },
    );
    healthRoutes(app, {
      registry: deps.registry,
      readiness: async () => [
        ...(await deps.readiness()),
        {
          name: "live",
          ok: live.hasLoaded(),
          detail: live.hasLoaded()
            ? "the pictures are loaded"
            : "the pictures are being read from the database",
        },
      ],
    });
    await serveConsole(app, config.consoleDir);
    await app.ready();
    sockets = openSockets({ server: app.server, topics, clock, log, ...metrics.ofSockets });
    metrics.watch(sockets.delivery);
    await keeper.start();
    await live.start();
    await app.listen({ port: config.httpPort, host: config.httpHost });
    return { url: urlOf(app.server.address(), config.httpHost) };
  }

  return {
    listener: {
      ...live.listener,
      onSignals(signals) {
        keeper.linesAppeared(signals.map(({ definition }) => definition.line.id));
        live.listener.onSignals(signals);
      },
    },
    tell: (line, event) => live.tell(line, event),
    linePictures: () =>
      live.hasLoaded() ? live.book.lines().map((line) => live.book.linePicture(line)) : undefined,
    lines: () => (live.hasLoaded() ? live.book.lines() : []),
    listen,
    async close() {
      await sockets?.close();
      await keeper.close();
      await live.close();
      await app.close();
    },
  };
}

function urlOf(address: AddressInfo | string | null, host: string): string {
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const name = isEverywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
