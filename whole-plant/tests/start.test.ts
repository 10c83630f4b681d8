import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ownDatabase, type OwnDatabase } from "../src/own-database.ts";
import { plantApi } from "../src/plant-api.ts";
import { demoDeviceMap } from "../src/paths.ts";
import { until } from "../src/until.ts";

const script = join(import.meta.dirname, "../src/start.ts");
const running: Started[] = [];

interface Started {
  process: ChildProcess;
  lines: string[];
  stderr: () => string;
}

interface Ready {
  http: string;
  mqtt: string;
  database: string;
  lines: string[];
}

let database: OwnDatabase;

beforeAll(async () => {
  database = await ownDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

function start(...args: string[]): Started {
  return run(process.execPath, [script, ...args]);
}

function run(command: string, args: string[]): Started {
  const process_ = spawn(command, args, {
    cwd: join(import.meta.dirname, "../.."),
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(database.url !== undefined && { DATABASE_URL: database.url }) },
  });
  const started = { process: process_, lines: [] as string[], stderr: () => stderr };
  let stderr = "";
  process_.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  createInterface({ input: process_.stdout }).on("line", (line) => started.lines.push(line));
  running.push(started);
  return started;
}

function freshDirectory(): string {
  return mkdtempSync(join(tmpdir(), "only-mes-start-"));
}

const anyPorts = ["--http-port", "0", "--mqtt-port", "0"];

async function ready(started: Started): Promise<Ready> {
  return until("the ready line", 90_000, async () => {
    if (started.process.exitCode !== null) throw new Error(`ended: ${started.stderr()}`);
    const line = started.lines.find((text) => text.startsWith('{"ready":true'));
    return line === undefined ? undefined : (JSON.parse(line) as Ready);
  });
}

async function end(started: Started, signal: NodeJS.Signals = "SIGINT"): Promise<number> {
  const at = performance.now();
  if (started.process.exitCode === null && started.process.signalCode === null) {
    started.process.kill(signal);
    await once(started.process, "exit");
  }
  return performance.now() - at;
}

/** Processes whose command line names the directory. */
async function processesOn(directory: string): Promise<number> {
  const ps = spawn("ps", ["-eo", "args"], { stdio: ["ignore", "pipe", "ignore"] });
  let listed = "";
  for await (const chunk of ps.stdout) listed += String(chunk);
  return listed.split("\n").filter((line) => line.includes(directory)).length;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => end(started)));
});

describe("npm start", () => {
  it("shows a working plant, ends on Ctrl-C within 10 s, and goes on where it ended", async () => {
    const directory = freshDirectory();
    const options = [...anyPorts, "--data-dir", directory];
    const first = start(...options);
    const { http, mqtt, database, lines } = await ready(first);
    expect(first.lines.at(-1)).toMatch(/^\{"ready":true/);
    expect(lines.toSorted()).toEqual(["bottling-1", "stamping-1"]);
    expect(mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    expect(database).not.toBe("");
    const good = await until("good pieces on both lines", 60_000, () => goodOfBoth(http, 1));

    expect(await end(first)).toBeLessThan(10_000);
    await until("no process left", 5000, async () =>
      (await processesOn(directory)) === 0 ? true : undefined,
    );

    const second = start(...options);
    const { http: again } = await ready(second);
    const after = await until("more pieces than before", 60_000, () => goodOfBoth(again, 1));
    expect(after[0]).toBeGreaterThanOrEqual(good[0] ?? 0);
    expect(after[1]).toBeGreaterThanOrEqual(good[1] ?? 0);
  });

  it("leaves no process behind when it is killed itself", async () => {
    const directory = freshDirectory();
    const started = start(...anyPorts, "--data-dir", directory);
    await ready(started);
    await end(started, "SIGKILL");
    const left = await until("no process left", 15_000, async () =>
      (await processesOn(directory)) === 0 ? 0 : undefined,
    );
    expect(left).toBe(0);
  });

  it("leaves no process behind when npm alone is told to end", async () => {
    const directory = freshDirectory();
    const npm = run("npm", ["start", "--", ...anyPorts, "--data-dir", directory]);
    await ready(npm);
    await end(npm, "SIGTERM");
    const left = await until("no process left", 15_000, async () =>
      (await processesOn(directory)) === 0 ? 0 : undefined,
    );
    expect(left).toBe(0);
  });

  it("names a port in use and its option", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as { port: number };
    const started = start(
      "--http-port",
      "0",
      "--mqtt-port",
      `${port}`,
      "--data-dir",
      freshDirectory(),
    );
    await once(started.process, "exit");
    expect(started.process.exitCode).toBe(2);
    expect(started.stderr()).toContain(String(port));
    expect(started.stderr()).toContain("--mqtt-port");
    squatter.close();
  });

  it("refuses an invalid device map by file, line, path, and what is allowed", async () => {
    const map = join(freshDirectory(), "wrong.yaml");
    writeFileSync(
      map,
      readFileSync(demoDeviceMap, "utf8").replace("driver: opcua", "driver: profinet"),
    );
    const started = start(...anyPorts, "--data-dir", freshDirectory(), "--map", map);
    await once(started.process, "exit");
    expect(started.process.exitCode).toBe(2);
    expect(started.stderr()).toMatch(/wrong\.yaml:\d+/);
    expect(started.stderr()).toContain("driver");
    expect(started.stderr()).toContain("modbus");
  });

  it("refuses a wrong option by its name", async () => {
    const started = start("--http-port", "99999");
    await once(started.process, "exit");
    expect(started.process.exitCode).toBe(2);
    expect(started.stderr()).toContain("--http-port 99999");
  });
});

/** From the database, over shifts: a shift may end in the middle of a test. */
async function goodOfBoth(http: string, least: number): Promise<number[] | undefined> {
  const now = Date.now();
  const day = 86_400_000;
  const good = await Promise.all(
    ["bottling-1.packer", "stamping-1.press-a"].map(
      async (unit) => (await plantApi(http).counts(unit, now - day, now + day)).good,
    ),
  );
  return good.every((count) => count >= least) ? good : undefined;
}
