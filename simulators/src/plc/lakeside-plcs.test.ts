import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ModbusRTU from "modbus-serial";
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  OPCUACertificateManager,
  OPCUAClient,
  TimestampsToReturn,
  type ClientSession,
  type DataValue,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packmlStates } from "@only-mes/protocols/plant/machine-state";
import { lakeside } from "../plant/lakeside.ts";
import { newPlantState, Plant } from "../plant/plant.ts";
import { TruthRecorder } from "../plant/truth.ts";
import { disconnect } from "./behaviour.ts";
import { startLakesidePlcs, type LakesidePlcs } from "./lakeside-plcs.ts";
import { pressStateCodes } from "./modbus/lakeside-registers.ts";
import { bottlingNamespaceUri } from "./opcua/bottling-nodes.ts";

/** The plant as real clients see it, over real sockets, beside the truth. */
const originMs = Date.UTC(2026, 0, 5, 6);
const minute = 60_000;

let stateDir: string;
let plcs: LakesidePlcs;
let opcua: OPCUAClient;
let session: ClientSession;
let modbus: ModbusRTU.default;
const recorder = new TruthRecorder();
let tell: LakesidePlcs["observer"] = {};
const plant = new Plant(lakeside, newPlantState(lakeside, 9, originMs), {
  stateChanged(...happened) {
    recorder.stateChanged(...happened);
    tell.stateChanged?.(...happened);
  },
  counterReset: (...happened) => recorder.counterReset(...happened),
});
let untilMs = originMs;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "only-mes-plcs-"));
  recorder.begin(plant);
  plant.begin();
  plcs = await startLakesidePlcs({
    plant,
    advance: () => plant.advance(untilMs),
    stateDir,
    opcuaPort: 0,
    modbusPort: 0,
    meterPort: 0,
  });
  tell = plcs.observer;
  opcua = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: join(stateDir, "client") }),
    connectionStrategy: { initialDelay: 50, maxDelay: 200, maxRetry: -1 },
  });
  await opcua.connect(plcs.endpoints["bottling-plc"]);
  session = await opcua.createSession();
  modbus = new ModbusRTU.default();
  modbus.setTimeout(1000);
});

afterAll(async () => {
  modbus.destroy(() => {});
  await opcua.disconnect();
  await plcs.close();
  await rm(stateDir, { recursive: true, force: true });
});

function advance(ms: number): void {
  untilMs = originMs + ms;
  plant.advance(untilMs);
  plcs.show();
}

async function nodeId(name: string): Promise<string> {
  const index = (await session.readNamespaceArray()).indexOf(bottlingNamespaceUri);
  return `ns=${index};s=${name}`;
}

async function read(name: string): Promise<DataValue> {
  return session.read({ nodeId: await nodeId(name), attributeId: AttributeIds.Value });
}

async function registers(device: "press-a" | "press-b" | "bottling-meter", unit: number) {
  const { port } = new URL(plcs.endpoints[device]);
  modbus.close(() => {});
  await modbus.connectTCP("127.0.0.1", { port: Number(port) });
  modbus.setID(unit);
  return device === "bottling-meter"
    ? modbus.readHoldingRegisters(100, 8)
    : modbus.readHoldingRegisters(0, 28);
}

describe("the OPC UA server of the bottling line", () => {
  it("shows the truth: counters, states, codes and products, each with the time of its change", async () => {
    for (const ms of [20_000, 7 * minute, 33 * minute]) {
      advance(ms);
      const { units } = recorder.truth(plant);
      for (const unit of ["filler", "capper", "labeller", "packer"]) {
        const folder = unit.charAt(0).toUpperCase() + unit.slice(1);
        const truth = units[`bottling-1.${unit}`];
        const machine = plant.machine("bottling-1", unit);
        const state = truth?.states.at(-1);
        const shown = await read(`${folder}.State`);
        expect(packmlStates[shown.value.value - 1]).toBe(state?.state);
        expect(shown.sourceTimestamp?.getTime()).toBe(state?.fromMs);
        const good = await read(`${folder}.GoodCount`);
        expect(good.value.value).toBe(truth?.counters.goodCount);
        expect(good.sourceTimestamp?.getTime()).toBe(machine.good.changedAtMs);
        expect((await read(`${folder}.ScrapCount`)).value.value).toBe(truth?.counters.scrapCount);
        expect((await read(`${folder}.StopCode`)).value.value).toBe(machine.stopCode);
      }
      const temperature = plant.processValue("bottling-1", "filler", "FillTemperature");
      const shown = await read("Filler.FillTemperature");
      expect(shown.value.value).toBe(temperature.shown);
      expect(shown.sourceTimestamp?.getTime()).toBe(temperature.changedAtMs);
      expect(shown.statusCode.isGood()).toBe(true);
    }
    expect((await read("Filler.Product")).value.value).toBe("Lemonade 0.5 l");
  });

  it("tells a subscriber of every state at its own time, however many in one step", async () => {
    const heard: { state: string | undefined; fromMs: number | undefined }[] = [];
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 50,
      publishingEnabled: true,
    });
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: await nodeId("Capper.State"), attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1000, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on("changed", (value: DataValue) => {
      heard.push({
        state: packmlStates[value.value.value - 1],
        fromMs: value.sourceTimestamp?.getTime(),
      });
    });
    await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: 5000 });
    advance(3 * 60 * minute);
    const { states = [] } = recorder.truth(plant).units["bottling-1.capper"] ?? {};
    const after = states.filter(({ fromMs }) => fromMs >= (heard[0]?.fromMs ?? 0));
    expect(after.length).toBeGreaterThan(20);
    await vi.waitFor(
      () => expect(distinct(heard)).toEqual(after.map(({ state, fromMs }) => ({ state, fromMs }))),
      { timeout: 5000 },
    );
    await subscription.terminate();
  });

  it("drops its clients for a while and comes back on its port", async () => {
    let lost = false;
    opcua.once("connection_lost", () => (lost = true));
    const back = new Promise<void>((resolve) => {
      opcua.once("connection_reestablished", () => resolve());
    });
    await plcs.behave("bottling-plc", disconnect(300));
    await plcs.behave("bottling-plc", disconnect(300));
    await vi.waitFor(() => expect(lost).toBe(true), { timeout: 3000 });
    await back;
    expect((await read("Filler.GoodCount")).statusCode.isGood()).toBe(true);
  });
});

describe("the Modbus servers", () => {
  it("show the truth of the presses, brought to the instant of the request", async () => {
    untilMs += 5 * minute + 123;
    for (const [unit, device] of [
      [1, "press-a"],
      [2, "press-b"],
    ] as const) {
      const { buffer } = await registers(device, unit);
      expect(plant.state.nowMs).toBe(untilMs);
      const truth = recorder.truth(plant).units[`stamping-1.${device}`];
      const machine = plant.machine("stamping-1", device);
      const state = truth?.states.at(-1);
      expect(buffer.readUInt16BE(0)).toBe(truth?.counters.goodCount);
      expect(buffer.readUInt16BE(2)).toBe(truth?.counters.scrapCount);
      expect(buffer.readUInt16BE(4)).toBe(pressStateCodes[state?.state ?? "Idle"]);
      expect(buffer.readUInt16BE(6)).toBe(machine.stopCode);
      expect(Number(buffer.readBigUInt64BE(8))).toBe(state?.fromMs);
      expect(buffer.readUInt16BE(16) + 65_536 * buffer.readUInt16BE(18)).toBe(machine.cycles);
      const oil = plant.processValue("stamping-1", device, "OilTemperature").shown;
      expect(buffer.readInt16BE(24) / 10).toBeCloseTo(oil, 6);
      expect(buffer.toString("latin1", 40, 56)).toMatch(/^D-\d{4} [A-Z ]+\0*$/);
      const guard = (await modbus.readDiscreteInputs(0, 1)).data[0];
      expect(guard).toBe((buffer.readUInt16BE(26) & 1) === 1);
    }
  });

  it("show the meter", async () => {
    const { buffer } = await registers("bottling-meter", 3);
    const { powerKw, wattHours } = plant.state.meter;
    const swapped = Buffer.concat([buffer.subarray(2, 4), buffer.subarray(0, 2)]);
    expect(swapped.readFloatBE(0)).toBeCloseTo(powerKw, 4);
    expect(Buffer.from(buffer.subarray(4, 8)).swap16().readUInt32BE(0)).toBe(Math.floor(wattHours));
    expect(buffer.readDoubleLE(8)).toBeCloseTo(wattHours / 1000, 9);
  });
});

function distinct<T extends { fromMs: number | undefined }>(changes: readonly T[]): T[] {
  return changes.filter((change, index) => change.fromMs !== changes[index - 1]?.fromMs);
}
