import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { opcuaDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { StatusCodes } from "node-opcua";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startOpcuaPlc, type OpcuaPlc, type OpcuaPlcOptions } from "../../../tests/opcua-plc.ts";
import { RecordingSink } from "../../../tests/recording-sink.ts";
import { startWire } from "../../../tests/wire.ts";
import type { Driver } from "../contract.ts";
import { opcuaDriver } from "./connection.ts";

const within = { timeout: 5000, interval: 5 };

describe("OPC UA over a real socket", () => {
  let plc: OpcuaPlc | undefined;
  let driver: Driver | undefined;
  let dataDir: string;
  let sink: RecordingSink;

  const startPlc = async (
    variables: OpcuaPlcOptions["variables"],
    namespacesBefore: string[] = [],
  ): Promise<OpcuaPlc> => {
    plc = await startOpcuaPlc({ variables, namespacesBefore });
    return plc;
  };
  const startDriver = (endpoint: string, tags: { address: string; type?: string }[]) => {
    const device = opcuaDevice.parse({
      id: "plc",
      driver: "opcua",
      endpoint,
      line: "line",
      periodMs: 20,
      publishingIntervalMs: 20,
      tags: tags.map((tag, index) => ({ signal: `unit/s${index}`, ...tag })),
    });
    driver = opcuaDriver({ device, clock: plantClock(), sink, dataDir, random: () => 0.5 });
    driver.start();
  };
  const connected = () => vi.waitFor(() => expect(sink.isConnected).toBe(true), within);
  const at = (name: string) => `nsu=urn:test:plc;s=${name}`;

  beforeEach(async () => {
    sink = new RecordingSink();
    dataDir = await mkdtemp(join(tmpdir(), "opcua-"));
  });
  afterEach(async () => {
    await driver?.stop();
    await plc?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("a namespace is found by its URI, whatever its index is", async () => {
    const { endpoint } = await startPlc({ A: { type: "Int16", value: -3 } }, [
      "urn:other:1",
      "urn:other:2",
    ]);
    startDriver(endpoint, [{ address: at("A") }, { address: "nsu=urn:nowhere;s=A" }]);
    await connected();
    expect([sink.value(0), sink.value(1)]).toEqual([-3, null]);
    expect(sink.errors()[0]?.message).toMatch(/no such namespace/);
  });

  test("every type comes with its value, 64 bits exactly", async () => {
    const { endpoint } = await startPlc({
      A: { type: "UInt64", value: [0xffff_ffff, 0xffff_fffe] },
      B: { type: "Int64", value: [0xffff_ffff, 0xffff_fffe] },
      C: { type: "Byte", value: 255 },
      D: { type: "SByte", value: -128 },
      E: { type: "UInt32", value: 4_294_967_295 },
      F: { type: "Float", value: 0.5 },
      G: { type: "LocalizedText", value: { text: "Kühlung" } },
    });
    startDriver(
      endpoint,
      ["A", "B", "C", "D", "E", "F", "G"].map((name) => ({ address: at(name) })),
    );
    await connected();
    expect([0, 1, 2, 3, 4, 5, 6].map((tag) => sink.value(tag))).toEqual([
      18_446_744_073_709_551_614n,
      -2,
      255,
      -128,
      4_294_967_295,
      0.5,
      "Kühlung",
    ]);
    const news = sink.events.find((event) => event.kind === "connected");
    expect(news?.types).toEqual([
      "uint64",
      "int64",
      "uint8",
      "int8",
      "uint32",
      "float32",
      "string",
    ]);
  });

  test("a bad status is no value; the next good one is", async () => {
    const { endpoint, set } = await startPlc({ A: { type: "Double", value: 1 } });
    startDriver(endpoint, [{ address: at("A") }]);
    await connected();
    set("A", 2, { status: StatusCodes.BadSensorFailure });
    await vi.waitFor(() => expect(sink.value(0)).toBeNull(), within);
    expect(sink.errors().at(-1)?.message).toMatch(/BadSensorFailure.*unit\/s0/);
    set("A", 3);
    await vi.waitFor(() => expect(sink.value(0)).toBe(3), within);
  });

  test("a value that does not fit the type of the map is no value", async () => {
    const { endpoint, set } = await startPlc({ A: { type: "Int32", value: 70_000 } });
    startDriver(endpoint, [{ address: at("A"), type: "uint16" }]);
    await connected();
    expect(sink.value(0)).toBeNull();
    set("A", 65_535);
    await vi.waitFor(() => expect(sink.value(0)).toBe(65_535), within);
  });

  test("every change comes with its own source time", async () => {
    const { endpoint, set } = await startPlc({ A: { type: "Int32", value: 0 } });
    startDriver(endpoint, [{ address: at("A") }]);
    await connected();
    const from = Date.now() - 60_000;
    const seen = () =>
      sink.events.flatMap((event) =>
        event.kind === "readings" ? event.readings.map(({ value, timeMs }) => [value, timeMs]) : [],
      );
    for (const value of [1, 2, 3]) {
      set("A", value, { sourceMs: from + value * 1000 });
      await vi.waitFor(() => expect(seen()).toContainEqual([value, from + value * 1000]), within);
    }
  });

  test("after a restart of the server with moved indexes, every item is monitored again", async () => {
    const before = await startPlc({ A: { type: "Int32", value: 1 } });
    startDriver(before.endpoint, [{ address: at("A") }]);
    await connected();
    await before.wire.unplug();
    await vi.waitFor(() => expect(sink.count("lost")).toBe(1), within);
    const after = await startOpcuaPlc({
      variables: { A: { type: "Int32", value: 2 } },
      namespacesBefore: ["urn:moved"],
    });
    const sameAddress = await startWire({ port: after.wire.port }, before.wire.port);
    await vi.waitFor(() => expect(sink.value(0)).toBe(2), within);
    after.set("A", 3);
    await vi.waitFor(() => expect(sink.value(0)).toBe(3), within);
    await driver?.stop();
    await sameAddress.close();
    await after.close();
  });

  test("after it was stopped the server keeps no subscription", async () => {
    const server = await startPlc({ A: { type: "Int32", value: 1 } });
    startDriver(server.endpoint, [{ address: at("A") }]);
    await connected();
    expect(server.subscriptions()).toBe(1);
    await driver?.stop();
    await vi.waitFor(() => expect(server.subscriptions()).toBe(0), within);
  });

  test("all certificates lie in the data directory", async () => {
    const { endpoint } = await startPlc({ A: { type: "Int32", value: 1 } });
    startDriver(endpoint, [{ address: at("A") }]);
    await connected();
    expect(await readdir(join(dataDir, "pki"))).toEqual(
      expect.arrayContaining(["own", "trusted", "rejected"]),
    );
  });
});
