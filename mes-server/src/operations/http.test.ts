import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiError, brandSummary, listOf } from "@only-mes/protocols/console/http";
import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { givePlant } from "../../tests/lakeside.ts";
import {
  packOf,
  startEdge,
  TestClock,
  writePack,
  type EdgeOptions,
  type RunningEdge,
} from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
let database: TestDatabase;
const running: RunningEdge[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
});

afterAll(() => database.close());

afterEach(async () => {
  for (const edge of running.splice(0)) await edge.close();
});

async function start(options: Partial<EdgeOptions> = {}): Promise<RunningEdge> {
  const edge = await startEdge({ pool: database.pool, clock: new TestClock(nowMs), ...options });
  running.push(edge);
  return edge;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** As a browser on some host would ask; `fetch` does not let a host be chosen. */
function ask(
  edge: RunningEdge,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, edge.url), { headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    call.on("error", reject);
    call.end();
  });
}

function brandOf({ body }: Answer): ServedBrand {
  return JSON.parse(body) as ServedBrand;
}

describe("the brand", () => {
  it.each([
    ["acme.example", "acme"],
    ["acme.example:443", "acme"],
    ["another.example", "plain"],
  ])("on the host %s is %s", async (host, id) => {
    const answer = await ask(await start(), "/api/v1/brand", { host });
    expect(brandOf(answer).pack.id).toBe(id);
    expect(answer.headers.vary).toContain("Host");
  });

  it("is not sent again to whoever has it", async () => {
    const edge = await start();
    const answer = await ask(edge, "/api/v1/brand");
    const etag = String(answer.headers.etag);
    expect(etag).toBe(`"${brandOf(answer).hash} Europe/Berlin"`);
    const again = await ask(edge, "/api/v1/brand", { "if-none-match": etag });
    expect(again).toMatchObject({ status: 304, body: "" });
    const other = await ask(edge, "/api/v1/brand", { "if-none-match": etag, host: "acme.example" });
    expect(other.status).toBe(200);
  });

  it("cannot be chosen in the URL, nor may another be seen", async () => {
    const edge = await start();
    const chosen = await ask(edge, "/api/v1/brand?brand=acme");
    expect(apiError.parse(JSON.parse(chosen.body)).error.code).toBe("brand_choice_off");
    const { body } = await ask(edge, "/api/v1/brands", { host: "acme.example" });
    const { items } = listOf(brandSummary).parse(JSON.parse(body));
    expect(items.map((brand) => brand.id)).toEqual(["acme"]);
  });

  it("can be chosen where that is allowed", async () => {
    const edge = await start({ config: { allowBrandQuery: true } });
    expect(brandOf(await ask(edge, "/api/v1/brand?brand=acme")).pack.id).toBe("acme");
    const unknown = await ask(edge, "/api/v1/brand?brand=nobody");
    expect(apiError.parse(JSON.parse(unknown.body)).error.code).toBe("brand_unknown");
    const { body } = await ask(edge, "/api/v1/brands");
    expect(listOf(brandSummary).parse(JSON.parse(body)).items).toHaveLength(2);
  });

  it("stops the start if its pack is wrong", async () => {
    const brandsDir = await mkdtemp(join(tmpdir(), "only-mes-wrong-"));
    await writePack(brandsDir, "acme", packOf("acme", { hosts: ["*"], coreRange: "^9.0.0" }));
    await expect(start({ config: { brandsDir } })).rejects.toThrow(
      /acme\/brand\.json.*\n.*coreRange/,
    );
    await rm(brandsDir, { recursive: true });
  });
});

describe("the console", () => {
  async function built(): Promise<RunningEdge> {
    const edge = await start();
    const consoleDir = join(edge.directory, "console");
    await mkdir(join(consoleDir, "assets"), { recursive: true });
    await writeFile(join(consoleDir, "index.html"), "<!doctype html><title>Only MES</title>");
    await writeFile(join(consoleDir, "assets", "main-4f2a.js"), "export {};");
    await writeFile(join(consoleDir, ".env"), "SECRET=1");
    return edge;
  }

  it.each(["/", "/line/bottling-1", "/index.html", "/.env", "/..%2f..%2fetc%2fpasswd"])(
    "shows its page under %s, and asks each time whether it has changed",
    async (path) => {
      const answer = await ask(await built(), path);
      expect(answer.status).toBe(200);
      expect(answer.body).toContain("<title>Only MES");
      expect(answer.headers["cache-control"]).toBe("no-cache");
    },
  );

  it("keeps its hashed files for ever", async () => {
    const edge = await built();
    const { headers } = await ask(edge, "/assets/main-4f2a.js");
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers["content-type"]).toContain("javascript");
    const gone = await ask(edge, "/assets/main-0000.js");
    expect(gone.status).toBe(404);
    expect(gone.headers["cache-control"]).toBe("no-store");
  });

  it("says how to build it where it has not been built", async () => {
    const answer = await ask(await start(), "/");
    expect(answer.status).toBe(503);
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.body).toContain("npm run console:build");
  });

  it("may load nothing from elsewhere, and run nothing that is written into the page", async () => {
    const { headers } = await ask(await built(), "/", { host: "mes.example:8080" });
    const policy = String(headers["content-security-policy"]);
    const directives = Object.fromEntries(
      policy.split(";").map((part) => {
        const [name = "", ...sources] = part.trim().split(" ");
        return [name, sources.join(" ")];
      }),
    );
    expect(directives).toMatchObject({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "connect-src": "'self' ws://mes.example:8080 wss://mes.example:8080",
      "frame-ancestors": "'none'",
    });
    expect(policy).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-powered-by"]).toBeUndefined();
  });

  it("takes no part of the policy from a Host header that is none", async () => {
    const { headers } = await ask(await built(), "/", { host: "a; script-src *" });
    expect(String(headers["content-security-policy"])).not.toContain("*");
  });
});

describe("health", () => {
  it("is alive while its event loop is, and ready when every part is", async () => {
    const edge = await start({
      readiness: () => Promise.resolve([{ name: "database", ok: true, detail: "answers" }]),
    });
    expect((await ask(edge, "/livez")).status).toBe(200);
    const ready = await ask(edge, "/readyz");
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toMatchObject({
      ok: true,
      notReady: [],
      parts: [{ name: "database" }, { name: "live" }],
    });
  });

  it("names the part that is not ready", async () => {
    const edge = await start({
      readiness: () => Promise.resolve([{ name: "broker", ok: false, detail: "no session" }]),
    });
    const answer = await ask(edge, "/readyz");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ ok: false, notReady: ["broker"] });
  });

  it("is not ready when that cannot be found out", async () => {
    const edge = await start({ readiness: () => Promise.reject(new Error("broken")) });
    const answer = await ask(edge, "/readyz");
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("broken");
  });

  it("has metrics of consoles and of the event loop", async () => {
    const { headers, body } = await ask(await start(), "/metrics");
    expect(headers["content-type"]).toContain("text/plain");
    expect(body).toContain("only_mes_live_consoles 0");
    expect(body).toContain("only_mes_event_loop_delay_p99_seconds");
  });
});

describe("without its database", () => {
  it("starts, says so, and shows the plant as soon as the database answers", async () => {
    const { pool } = database;
    let isDown = true;
    let refused = 0;
    const query = pool.query.bind(pool);
    const refuse = (): Promise<never> => {
      refused += 1;
      return Promise.reject(Object.assign(new Error("down"), { code: "ECONNREFUSED" }));
    };
    const flaky = new Proxy(pool, {
      get: (target, key) =>
        key === "query"
          ? (...content: Parameters<typeof query>) => (isDown ? refuse() : query(...content))
          : Reflect.get(target, key, target),
    });
    const edge = await start({ pool: flaky });
    const lines = await ask(edge, "/api/v1/lines");
    expect(lines.status).toBe(503);
    expect(apiError.parse(JSON.parse(lines.body)).error.code).toBe("pictures_loading");
    const sources = await ask(edge, "/api/v1/sources");
    expect(apiError.parse(JSON.parse(sources.body)).error.code).toBe("database_unreachable");
    expect(JSON.parse((await ask(edge, "/readyz")).body)).toMatchObject({ notReady: ["live"] });
    await vi.waitFor(() => expect(refused).toBeGreaterThan(3), { timeout: 10_000, interval: 50 });
    isDown = false;
    await expect
      .poll(async () => (await ask(edge, "/api/v1/lines")).status, { timeout: 5_000 })
      .toBe(200);
  });
});
