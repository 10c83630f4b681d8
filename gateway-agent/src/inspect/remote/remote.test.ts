import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deviceMap, type DeviceMap } from "@only-mes/protocols/device-map/schema";
import {
  answerBytesMax,
  askBytesMax,
  inspectAnswer,
  type InspectAnswer,
} from "@only-mes/protocols/inspection/messages";
import { inspectAnswerTopic, inspectAskTopic } from "@only-mes/protocols/inspection/topics";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "../../../tests/broker.ts";
import { startModbusPlc, type ModbusPlc } from "../../../tests/modbus-plc.ts";
import { startOpcuaPlc, type OpcuaPlc } from "../../../tests/opcua-plc.ts";
import { Buses } from "../../drivers/modbus/bus.ts";
import { RemoteInspection } from "./remote-inspection.ts";

const name = { site: "works", edgeNode: "edge-1" };

/** What would be the console: it subscribes to the answer, then asks. */
class Asker {
  readonly client: MqttClient;
  readonly answers: InspectAnswer[] = [];
  readonly bytes: number[] = [];
  readonly #waiting = new Map<string, (answer: InspectAnswer) => void>();

  constructor(url: string) {
    this.client = mqtt.connect(url, { protocolVersion: 4, reconnectPeriod: 0 });
    this.client.on("message", (_topic, payload) => {
      this.bytes.push(payload.length);
      const answer = inspectAnswer.parse(JSON.parse(payload.toString()));
      this.answers.push(answer);
      this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** Its test ends it if no answer comes. */
  async ask(ask: object, id: string = randomUUID()): Promise<InspectAnswer> {
    const answered = Promise.withResolvers<InspectAnswer>();
    this.#waiting.set(id, answered.resolve);
    await this.say(JSON.stringify({ id, ...ask }), id);
    return answered.promise;
  }

  async say(text: string | Buffer, id: string, retain = false): Promise<void> {
    await this.client.subscribeAsync(inspectAnswerTopic(name, id), { qos: 1 });
    await this.client.publishAsync(inspectAskTopic(name), text, { qos: 1, retain });
  }
}

describe("inspection from afar, over a real broker", () => {
  let broker: TestBroker;
  let plc: ModbusPlc;
  let server: OpcuaPlc;
  let dataDir: string;
  let inspection: RemoteInspection;
  let asker: Asker;
  let log: string[];

  const mapWith = (endpoints: string[]): DeviceMap =>
    deviceMap.parse({
      version: 1,
      enterprise: "acme",
      site: name.site,
      gateway: name.edgeNode,
      lines: [{ id: "line", name: "L", area: "a", units: [{ id: "u", name: "U" }] }],
      devices: [
        {
          id: "press",
          driver: "modbus",
          endpoint: plc.endpoint,
          addressBase: 1,
          line: "line",
          tags: [{ signal: "u/a", address: "holding:1", type: "uint16" }],
        },
        {
          id: "filler",
          driver: "opcua",
          endpoint: server.endpoint,
          line: "line",
          tags: [{ signal: "u/b", address: "ns=1;s=A" }],
        },
      ],
      ...(endpoints.length > 0 && { inspect: { endpoints } }),
    });

  /** The door is open when the log says so; an ask before that is heard by nobody. */
  const follow = async (endpoints: string[]) => {
    const opened = log.length;
    await inspection.follow(mapWith(endpoints));
    if (endpoints.length > 0) {
      await vi.waitFor(() => expect(log.slice(opened)).toContain("opened"), { interval: 5 });
    }
  };

  beforeAll(async () => {
    server = await startOpcuaPlc({
      variables: Object.fromEntries(
        Array.from({ length: 30 }, (_, at) => [
          `Text${at}`,
          { type: "String", value: "x".repeat(at === 0 ? 5000 : 10) },
        ]),
      ),
    });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    broker = await startBroker();
    plc = await startModbusPlc();
    plc.registers.writeUInt16BE(412, 0);
    plc.registers.writeFloatBE(21.37, 2);
    dataDir = await mkdtemp(join(tmpdir(), "inspect-remote-"));
    log = [];
    inspection = new RemoteInspection(mapWith([]), {
      url: broker.url,
      name,
      dataDir,
      buses: new Buses(),
      log: {
        opened: () => log.push("opened"),
        asked: ({ kind }, endpoint, outcome) => log.push(`${kind} ${endpoint} ${outcome}`),
        failed: (error) => log.push(`failed: ${error.message}`),
      },
    });
    asker = new Asker(broker.url);
  });
  afterEach(async () => {
    await inspection.stop();
    await asker.client.endAsync(true);
    await plc.close();
    await broker.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("a register range of an allowed endpoint, under every type and order", async () => {
    await follow([plc.endpoint]);
    const answer = await asker.ask({
      kind: "probe",
      endpoint: plc.endpoint,
      address: "holding:0",
      count: 3,
    });
    expect(answer).toMatchObject({
      kind: "probe",
      addresses: ["holding:0", "holding:1", "holding:2"],
      refused: [],
    });
    const { meanings } = answer as Extract<InspectAnswer, { kind: "probe" }>;
    const real = meanings.find(({ type, order }) => `${type} ${order}` === "float32 ABCD");
    expect(real?.values[1]).toBeCloseTo(21.37, 5);
    expect(real?.likely).toContain(1);
    expect(log).toContain(`probe ${plc.endpoint} answered`);
  });

  test("a device of the map, with its settings; what it refuses is said by address", async () => {
    await follow([plc.endpoint]);
    plc.refuse = (first, count) => (first <= 1 && first + count > 1 ? 2 : undefined);
    const ask = {
      kind: "probe",
      device: "press",
      address: "holding:1",
      count: 3,
      types: ["uint16"],
    };
    expect(await asker.ask(ask)).toMatchObject({
      addresses: ["holding:1", "holding:2", "holding:3"],
      raw: [412, null, expect.any(Number)],
      refused: [{ address: "holding:2", why: "exception 2 (illegal data address)" }],
      meanings: [{ order: "AB", values: [412, null, expect.any(Number)] }, { order: "BA" }],
    });
  });

  test("the variables of an allowed server, by globs, within the bounds of an answer", async () => {
    await follow([server.endpoint]);
    const answer = await asker.ask({ kind: "browse", device: "filler", match: ["Text*"] });
    expect(answer).toMatchObject({ kind: "browse", isCut: false });
    const { variables } = answer as Extract<InspectAnswer, { kind: "browse" }>;
    expect(variables).toHaveLength(30);
    expect(variables[0]).toMatchObject({ nodeId: "nsu=urn:test:plc;s=Text0", type: "string" });
    expect(String(variables[0]?.value)).toHaveLength(200);
    const cut = await asker.ask({ kind: "browse", endpoint: server.endpoint, variablesMax: 2 });
    expect(cut).toMatchObject({ isCut: true, variables: [{}, {}] });
    expect(Math.max(...asker.bytes)).toBeLessThanOrEqual(answerBytesMax);
  });

  test("no other endpoint is connected to, whoever asks", async () => {
    await follow([server.endpoint]);
    const ask = { kind: "probe", address: "holding:0" };
    for (const where of [{ endpoint: plc.endpoint }, { device: "press" }]) {
      expect(await asker.ask({ ...ask, ...where })).toMatchObject({
        isAnswered: false,
        code: "notAllowed",
        message: expect.stringContaining(plc.endpoint),
      });
    }
    expect(plc.requests).toEqual([]);
  });

  test("a list that changes counts at once; without one nobody listens", async () => {
    await follow([server.endpoint]);
    const ask = { kind: "probe", endpoint: plc.endpoint, address: "holding:0" };
    expect(await asker.ask(ask)).toMatchObject({ code: "notAllowed" });
    await inspection.follow(mapWith([server.endpoint, plc.endpoint]));
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: true });
    await follow([]);
    const shut = randomUUID();
    await asker.say(JSON.stringify({ id: shut, ...ask }), shut);
    await follow([plc.endpoint]);
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: true });
    expect(asker.answers.some(({ id }) => id === shut)).toBe(false);
  });

  test.for([
    ["an unknown kind", { kind: "write", endpoint: "tcp://127.0.0.1:1" }, "malformed"],
    [
      "an unknown field",
      { kind: "probe", endpoint: "x", address: "holding:0", value: 1 },
      "malformed",
    ],
    [
      "too many registers",
      { kind: "probe", endpoint: "x", address: "holding:0", count: 65 },
      "malformed",
    ],
    ["neither device nor endpoint", { kind: "probe", address: "holding:0" }, "malformed"],
    ["an unknown device", { kind: "probe", device: "nobody", address: "holding:0" }, "notFound"],
    [
      "a device of the other protocol",
      { kind: "probe", device: "filler", address: "holding:0" },
      "notFound",
    ],
    ["a wrong address", { kind: "probe", device: "press", address: "holding:0" }, "malformed"],
    ["a wrong NodeId", { kind: "browse", device: "filler", root: "x" }, "malformed"],
    ["an unknown NodeId", { kind: "browse", device: "filler", root: "ns=1;s=no" }, "notFound"],
  ] as const)("%s is refused: %o %s", async ([, ask, code]) => {
    await follow([plc.endpoint, server.endpoint]);
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: false, code });
  });

  test("a device that does not answer is out of reach, and the time limit holds", async () => {
    await follow([plc.endpoint, server.endpoint]);
    plc.wire.blackHole(true);
    const ask = { kind: "probe", endpoint: plc.endpoint, address: "holding:0" };
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: false, code: "outOfReach" });
    expect(await asker.ask({ ...ask, timeLimitMs: 100 })).toMatchObject({ code: "timeLimit" });
    plc.wire.blackHole(false);
    server.wire.blackHole(true);
    const browse = { kind: "browse", endpoint: server.endpoint, timeLimitMs: 100 };
    expect(await asker.ask(browse)).toMatchObject({ code: "timeLimit" });
    server.wire.blackHole(false);
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: true });
  });

  test("more asks than can wait are told to come again", async () => {
    await follow([plc.endpoint]);
    const ask = { kind: "probe", endpoint: plc.endpoint, address: "holding:0" };
    const answers = await Promise.all(Array.from({ length: 12 }, () => asker.ask(ask)));
    const busy = answers.filter((answer) => !answer.isAnswered && answer.code === "busy");
    expect(answers.filter(({ isAnswered }) => isAnswered).length + busy.length).toBe(12);
    expect(await asker.ask(ask)).toMatchObject({ isAnswered: true });
  });

  test("what is no ask, what is too long, what comes twice or was retained, is not answered", async () => {
    const ask = { kind: "probe", endpoint: plc.endpoint, address: "holding:0" };
    const retained = randomUUID();
    await asker.say(JSON.stringify({ id: retained, ...ask }), retained, true);
    await follow([plc.endpoint]);
    const once = randomUUID();
    await asker.ask(ask, once);
    await asker.say(JSON.stringify({ id: once, ...ask }), once);
    await asker.say("{", randomUUID());
    await asker.say(Buffer.from([0xff, 0x00]), randomUUID());
    await asker.say(JSON.stringify({ ...ask, id: "../../x" }), randomUUID());
    const long = randomUUID();
    await asker.say(JSON.stringify({ id: long, ...ask, pad: "x".repeat(askBytesMax) }), long);
    await asker.ask(ask);
    const ids = asker.answers.map(({ id }) => id);
    expect(ids.filter((id) => id === once)).toHaveLength(1);
    expect(ids).toHaveLength(2);
  });
});
