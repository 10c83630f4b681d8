import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { consoleProtocolVersion } from "@only-mes/protocols/console/live";
import type { Hello, Topic } from "@only-mes/protocols/console/live";
import type { Socket } from "socket.io";
import { Server } from "socket.io";
import { servedBrand } from "./brand-files.ts";
import type { ConsoleClient } from "./console-client.ts";
import { consoleClient } from "./console-client.ts";
import type { ServedPlant } from "./served-plant.ts";

export interface PlantServerOptions {
  plant: ServedPlant;
  /** 0 is any free port. */
  port?: number;
  /** The built console; without it there is only the API. */
  consoleDir?: string;
  /** Answers the brand with an error, as a server with a broken pack does. */
  brandFails?: boolean;
  protocolVersion?: number;
  tickMs?: number;
  onSubscribe?: (topic: Topic) => void;
}

export interface PlantServer {
  url: string;
  port: number;
  /** What the consoles have asked for, in order. */
  requests: string[];
  /** Connections stay open, but the server says nothing any more. */
  mute(): void;
  unmute(): void;
  /** The next frame is made, and reaches nobody. */
  loseNextFrame(): void;
  /** Publishes what has changed in the plant. */
  publish(topic: Topic): void;
  consoles(): number;
  close(): Promise<void>;
}

const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Speaks the console's protocols over real sockets, with a plant that the test holds in its hands. */
export async function startPlantServer(options: PlantServerOptions): Promise<PlantServer> {
  const { plant } = options;
  const clients = new Set<ConsoleClient>();
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  let muted = false;

  let losing = false;
  const onSubscribe = options.onSubscribe ?? (() => undefined);

  function takeLoss(): boolean {
    const lost = losing;
    losing = false;
    return lost;
  }

  const http = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    answer(request, response, options).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const io = new Server(http, { transports: ["websocket"], serveClient: false });
  const spoken = options.protocolVersion ?? consoleProtocolVersion;
  io.use((socket, next) => {
    const hello = socket.handshake.auth as Partial<Hello>;
    if (hello.protocolVersion === spoken) next();
    else {
      const refusal = new Error(`this server speaks console protocol ${spoken}`);
      next(Object.assign(refusal, { data: { code: "protocol-version" } }));
    }
  });
  io.on("connection", (socket) => {
    const client = consoleClient(socket, plant, { muted: () => muted, takeLoss, onSubscribe });
    clients.add(client);
    sockets.add(socket);
    socket.on("disconnect", () => {
      clients.delete(client);
      sockets.delete(socket);
    });
  });
  const ticking = setInterval(() => {
    if (!muted) io.emit("tick", { serverTimeMs: plant.nowMs() });
  }, options.tickMs ?? 1_000);

  await new Promise<void>((resolve) => {
    http.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = http.address() as AddressInfo;

  function publish(topic: Topic): void {
    for (const client of clients) client.offer(topic);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    mute: () => {
      muted = true;
    },
    unmute: () => {
      muted = false;
      for (const client of clients) client.send();
    },
    loseNextFrame: () => {
      losing = true;
    },
    publish,
    consoles: () => sockets.size,
    close: async () => {
      clearInterval(ticking);
      http.closeAllConnections();
      await io.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { plant, consoleDir, brandFails }: PlantServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://console");
  if (url.pathname.startsWith("/api/v1/")) {
    const body =
      url.pathname === "/api/v1/brand"
        ? brandFails === true
          ? undefined
          : await servedBrand(url.searchParams.get("brand") ?? "northwind")
        : plant.get(url);
    const status = body === undefined ? 404 : 200;
    const error = {
      code: "not-found",
      message: `no ${url.pathname}`,
      action: "Check the address.",
    };
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(body ?? { error }));
    return;
  }
  if (consoleDir === undefined) {
    response.writeHead(404).end();
    return;
  }
  // Ids in addresses of screens contain dots: only what lies under /assets/ is a file.
  const isFile = url.pathname.startsWith("/assets/");
  const asset = isFile ? path.normalize(url.pathname) : "/index.html";
  const bytes = await readFile(path.join(consoleDir, asset)).catch(() => undefined);
  response
    .writeHead(bytes === undefined ? 404 : 200, {
      "content-type": contentTypes[path.extname(asset)] ?? "application/octet-stream",
      "content-security-policy": contentSecurityPolicy,
      "x-content-type-options": "nosniff",
    })
    .end(bytes);
}
