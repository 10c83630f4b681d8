import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A page: its type and what it says now. */
interface Page {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

export interface HttpEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** Nothing of another place is loaded, and no script runs, whatever a page should come to hold. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** @throws {Error} naming the port and its option, if it cannot listen. */
export async function serveHttp(
  listen: { host: string; port: number },
  pages: Pages,
): Promise<HttpEndpoint> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    const answer = ({ status = 200, type, body }: Page) =>
      response.writeHead(status, { ...headers, "content-type": type }).end(body);
    if (page === undefined) {
      answer({ status: 404, type: "text/plain", body: `${Object.keys(pages).join("\n")}\n` });
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      answer({ status: 405, type: "text/plain", body: "GET only\n" });
    } else {
      Promise.resolve()
        .then(page)
        .then(answer)
        .catch((error: unknown) =>
          answer({ status: 500, type: "text/plain", body: String(error) }),
        );
    }
  });
  await listening(server, listen);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

async function listening(server: Server, listen: { host: string; port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (error: NodeJS.ErrnoException) => {
    const why = error.code === "EADDRINUSE" ? "is in use" : `cannot be used: ${error.message}`;
    reject(
      new Error(
        `port ${listen.port} of ${listen.host} ${why}. Give another with --http-port (0 is any).`,
      ),
    );
  });
  server.listen(listen.port, listen.host, resolve);
  await promise;
}
