import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { startModbusPlc, type ModbusPlc } from "./modbus-plc.ts";
import { typed } from "./terminal.ts";

/** The first ten minutes of a plant engineer, as the README tells them, with a PLC of another make. */
let folder: string;
let map: string;
let list: string;
let plc: ModbusPlc;
let broker: TestBroker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "readme-"));
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(readme)?.[1] ?? "";
  plc = await startModbusPlc();
  plc.registers.writeUInt16BE(412, 0);
  plc.registers.writeUInt16BE(20, 4);
  plc.registers.writeFloatBE(809.2, 20);
  plc.registers.writeInt16BE(281, 24);
  broker = await startBroker();
  map = join(folder, "my-plant.yaml");
  list = join(folder, "tags.csv");
  await writeFile(map, block("yaml").replace("tcp://127.0.0.1:5020", plc.endpoint));
  await writeFile(list, block("csv"));
});
afterAll(async () => {
  await plc.close();
  await broker.close();
  await rm(folder, { recursive: true, force: true });
});

test("look, write the map, take the list, check, watch, start: every step does what it says", async () => {
  const probed = await typed(["probe", plc.endpoint, "holding:8", "--count", "5"]);
  expect(probed.output).toMatch(/address: "holding:10", type: float32, order: ABCD }.*# 809\.2/);

  expect((await typed(["validate", map])).output).toMatch(/valid, 1 devices, 2 tags/);
  const imported = await typed(["import", map, list, "--apply"]);
  expect(imported.output).toMatch(/5 added, 0 changed, 0 removed/);
  expect((await typed(["validate", map])).output).toMatch(/valid, 1 devices, 7 tags/);
  expect((await typed(["plan", map])).output).toMatch(/^7 tags in 3 requests; 6\.0 Modbus/m);

  const stopping = new AbortController();
  const seen = new Map<string, unknown>();
  await typed(["watch", map, "--json", "--data-dir", folder], stopping.signal, (line) => {
    const { signal, value } = JSON.parse(line) as { signal: string; value: unknown };
    seen.set(signal, value);
    if (seen.size === 7) stopping.abort();
  });
  expect(seen.get("press/good-count")).toBe(412);
  expect(seen.get("press/oil-temperature")).toBeCloseTo(28.1);

  const data = join(folder, "data");
  const started = ["--map", map, "--mqtt", broker.url, "--data-dir", data, "--http-port", "0"];
  const gateway = await new GatewayProcess([...started, "--primary-host", "none"]).ready();
  try {
    await vi.waitFor(
      async () => {
        const { devices } = await gateway.status();
        expect(devices["press-plc"]).toMatchObject({ connected: true });
      },
      { timeout: 20_000, interval: 50 },
    );
  } finally {
    await gateway.kill();
  }
});
