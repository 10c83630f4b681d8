import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ModbusRTU from "modbus-serial";
import { AttributeIds, OPCUACertificateManager, OPCUAClient, type ClientSession } from "node-opcua";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatClockSetting } from "@only-mes/protocols/plant/clock";
import type { PlantTruth } from "./plant/truth.ts";

/** The simulators as a process, as the supervisor of a plant runs them. */
const main = join(import.meta.dirname, "main.ts");
const anyPorts = ["--opcua-port", "0", "--modbus-port", "0", "--meter-port", "0"];

let dir = "";
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "only-mes-simulators-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  await rm(dir, { recursive: true, force: true });
});

interface Served {
  child: ChildProcess;
  ready: Ready;
  ask<T>(message: object): Promise<T>;
}

interface Ready {
  endpoints: Record<string, string>;
  lines: string[];
  moreNodes: { address: string; type: string }[];
}

let asked = 0;

async function start(...argv: string[]): Promise<Served> {
  const child = fork(main, [...argv, ...anyPorts, "--state-dir", join(dir, "state")], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.push(child);
  const [ready] = (await once(child, "message")) as [Ready];
  return {
    child,
    ready,
    ask<T>(message: object) {
      const id = ++asked;
      return new Promise<T>((resolve) => {
        const listen = (reply: { id?: number }) => {
          if (reply.id !== id) return;
          child.off("message", listen);
          resolve(reply as T);
        };
        child.on("message", listen);
        child.send({ ...message, id });
      });
    },
  };
}

async function ended(...argv: string[]): Promise<{ code: number; text: string }> {
  const child = spawn(process.execPath, [main, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  child.stderr.on("data", (chunk) => (text += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  return { code, text };
}

function clockAt(speed: number): string {
  const realOriginMs = Date.now();
  return formatClockSetting({ realOriginMs, plantOriginMs: Date.UTC(2026, 0, 5, 6), speed });
}

async function goodOfPress(endpoint: string, unit: number): Promise<number> {
  const modbus = new ModbusRTU.default();
  await modbus.connectTCP("127.0.0.1", { port: Number(new URL(endpoint).port) });
  modbus.setTimeout(1000);
  modbus.setID(unit);
  const { data } = await modbus.readHoldingRegisters(0, 1);
  modbus.destroy(() => {});
  return data[0] ?? Number.NaN;
}

async function withSession<T>(
  endpoint: string | undefined,
  use: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: join(dir, "client") }),
  });
  await client.connect(endpoint ?? "");
  const session = await client.createSession();
  try {
    return await use(session);
  } finally {
    await client.disconnect();
  }
}

describe("serve", () => {
  it("runs from begin to freeze, and its PLCs show the truth at the end", async () => {
    const plant = await start("serve", "--wait-for-begin", "--clock", clockAt(100));
    expect(plant.ready).toMatchObject({ type: "ready", lines: ["bottling-1", "stamping-1"] });
    const waiting = await plant.ask<{ truth: PlantTruth }>({ type: "truth" });
    expect(waiting.truth.units["stamping-1.press-a"]?.good).toBe(0);
    expect(await plant.ask({ type: "begin" })).toMatchObject({ type: "begun" });
    await vi.waitFor(
      async () => {
        const { truth } = await plant.ask<{ truth: PlantTruth }>({ type: "truth" });
        expect(truth.units["bottling-1.packer"]?.good).toBeGreaterThan(20);
      },
      { timeout: 10_000 },
    );
    expect(await plant.ask({ type: "freeze" })).toMatchObject({ type: "frozen" });
    const { truth } = await plant.ask<{ truth: PlantTruth }>({ type: "truth" });
    expect(truth.frozen).toBe(true);
    const { endpoints } = plant.ready;
    expect(await goodOfPress(endpoints["press-b"] ?? "", 2)).toBe(
      truth.units["stamping-1.press-b"]?.counters.goodCount,
    );
    await withSession(endpoints["bottling-plc"], async (session) => {
      const nodeId = "ns=2;s=Packer.GoodCount";
      const shown = await session.read({ nodeId, attributeId: AttributeIds.Value });
      expect(shown.value.value).toBe(truth.units["bottling-1.packer"]?.counters.goodCount);
    });
    plant.child.send({ type: "shutdown" });
    expect(await once(plant.child, "exit")).toEqual([0, null]);
  });

  it("killed in mid-run goes on, and no counter goes backwards", async () => {
    const clock = clockAt(20);
    const first = await start("serve", "--clock", clock);
    await vi.waitFor(
      async () => {
        const { truth } = await first.ask<{ truth: PlantTruth }>({ type: "truth" });
        expect(truth.units["stamping-1.press-a"]?.good).toBeGreaterThan(200);
      },
      { timeout: 10_000 },
    );
    const before = await first.ask<{ truth: PlantTruth }>({ type: "truth" });
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = await start("serve", "--clock", clock);
    const after = await second.ask<{ truth: PlantTruth }>({ type: "truth" });
    expect(after.truth.fromMs).toBe(before.truth.fromMs);
    for (const [unit, { good, scrap, states }] of Object.entries(before.truth.units)) {
      const now = after.truth.units[unit];
      expect(now?.good).toBeGreaterThanOrEqual(good);
      expect(now?.scrap).toBeGreaterThanOrEqual(scrap);
      const known = now?.states.slice(0, states.length - 1);
      expect(known).toEqual(states.slice(0, -1));
    }
    second.child.disconnect();
    expect(await once(second.child, "exit")).toEqual([0, null]);
  });

  it("drops a PLC on request, and refuses what it does not know", async () => {
    const plant = await start("serve");
    const endpoint = plant.ready.endpoints["press-a"] ?? "";
    await plant.ask({ type: "disconnect", plc: "press-a", realMs: 300 });
    await expect(goodOfPress(endpoint, 1)).rejects.toThrow("ECONNREFUSED");
    await vi.waitFor(() => goodOfPress(endpoint, 1), { timeout: 5000 });
    expect(await plant.ask({ type: "disconnect", plc: "oven", realMs: 1 })).toMatchObject({
      type: "refused",
      message: expect.stringContaining("there are bottling-plc, bottling-meter") as string,
    });
    expect(await plant.ask({ type: "dance" })).toMatchObject({ type: "refused" });
    plant.child.kill("SIGTERM");
    expect(await once(plant.child, "exit")).toEqual([0, null]);
  });
});

describe("replay", () => {
  it("shows a log on the PLC servers, and tells when it has ended", async () => {
    const log = join(dir, "log.csv");
    const lines = [
      "time,unit,signal,value",
      "1000,filler,state,Held",
      "1000,filler,good-count,77",
      "2500,press-b,good-count,65535",
      "3000,mixer,speed,120.5",
      "61000,filler,good-count,78",
    ];
    await writeFile(log, lines.join("\n"));
    const played = await start("replay", "--log", log, "--clock", clockAt(60));
    expect(played.ready.moreNodes).toEqual([
      { address: "nsu=urn:northwind:lakeside:bottling;s=mixer.speed", type: "Double" },
    ]);
    const [end] = (await once(played.child, "message")) as [object];
    expect(end).toMatchObject({ type: "ended", entries: 5 });
    const { endpoints } = played.ready;
    expect(await goodOfPress(endpoints["press-b"] ?? "", 2)).toBe(65_535);
    await withSession(endpoints["bottling-plc"], async (session) => {
      const read = (name: string) =>
        session.read({ nodeId: `ns=2;s=${name}`, attributeId: AttributeIds.Value });
      const [state, good, speed, never] = await Promise.all([
        read("Filler.State"),
        read("Filler.GoodCount"),
        read("mixer.speed"),
        read("Packer.GoodCount"),
      ]);
      expect([state?.value.value, good?.value.value, speed?.value.value]).toEqual([11, 78, 120.5]);
      const apartMs =
        (good?.sourceTimestamp?.getTime() ?? 0) - (state?.sourceTimestamp?.getTime() ?? 0);
      expect(apartMs).toBe(60_000);
      expect(never?.statusCode.isGood()).toBe(false);
    });
  });
});

describe("the command line", () => {
  it.each([
    [["dance"], 'there is no command "dance"'],
    [["serve", "--seed", "x"], "--seed x: "],
    [["serve", "--clock", "1,2"], '--clock 1,2: clock "1,2" is not'],
    [["serve", "--opcua-port", "99999"], "--opcua-port 99999: "],
    [["serve", "--dance"], "--dance"],
    [["replay"], "--log: is required"],
    [["replay", "--log", "none.csv"], "the log none.csv cannot be read"],
  ])("%j is refused with a word why", async (argv, message) => {
    const { code, text } = await ended(...argv);
    expect(code).toBe(2);
    expect(text).toContain(message);
    expect(text).not.toContain("    at ");
  });

  it("names the place in a log that is wrong", async () => {
    const log = join(dir, "log.csv");
    await writeFile(log, "time,unit,signal,value\n1,press-a,state,Clearing\n");
    const { code, text } = await ended("replay", "--log", log);
    expect(code).toBe(2);
    expect(text).toContain(`${log}:2:17: "Clearing" cannot be press-a state; allowed is Stopped`);
  });

  it("explains itself, in the words of the README", async () => {
    const { code, text } = await ended("--help");
    expect(code).toBe(0);
    const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
    for (const [option] of text.matchAll(/--[a-z][a-z-]+/g)) expect(readme).toContain(option);
  });
});
