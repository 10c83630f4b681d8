import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectAnswer, type InspectAnswer } from "@only-mes/protocols/inspection/messages";
import { inspectAnswerTopic, inspectAskTopic } from "@only-mes/protocols/inspection/topics";
import mqtt from "mqtt";
import { expect, test, vi } from "vitest";
import { startBroker } from "./broker.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { startModbusPlc } from "./modbus-plc.ts";

const name = { site: "works", edgeNode: "edge-1" };
const within = { timeout: 20_000, interval: 100 };

test("a running gateway answers on its driver's connection, and follows the list of its map", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inspect-afar-"));
  const plc = await startModbusPlc();
  plc.registers.writeUInt16BE(412, 0);
  const broker = await startBroker();
  const map = join(folder, "map.yaml");
  await writeFile(
    map,
    `version: 1
enterprise: acme
site: works
gateway: edge-1
inspect: { endpoints: ["${plc.endpoint}"] }
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: u, name: U }] }]
devices:
  - { id: plc, driver: modbus, endpoint: "${plc.endpoint}", line: line-1, tags: [{ signal: u/a, address: "holding:0", type: uint16 }] }
`,
  );
  const options = ["--map", map, "--mqtt", broker.url, "--data-dir", join(folder, "data")];
  const gateway = new GatewayProcess([...options, "--http-port", "0", "--primary-host", "none"]);
  const client = mqtt.connect(broker.url, { protocolVersion: 4 });
  const answers: InspectAnswer[] = [];
  client.on("message", (_topic, payload) => {
    answers.push(inspectAnswer.parse(JSON.parse(payload.toString())));
  });
  /** Whoever is not heard asks again. */
  const answered = async (wanted: object) => {
    await vi.waitFor(async () => {
      const id = randomUUID();
      await client.subscribeAsync(inspectAnswerTopic(name, id), { qos: 1 });
      const ask = { id, kind: "probe", device: "plc", address: "holding:0", count: 1 };
      await client.publishAsync(inspectAskTopic(name), JSON.stringify(ask), { qos: 1 });
      expect(answers).toContainEqual(expect.objectContaining(wanted));
    }, within);
  };
  try {
    await gateway.ready();
    await answered({ isAnswered: true, raw: [412] });
    expect(plc.wire.connections()).toBe(1);
    const text = await readFile(map, "utf8");
    await writeFile(map, text.replace(plc.endpoint, "tcp://127.0.0.1:9"));
    await answered({ isAnswered: false, code: "notAllowed" });
  } finally {
    await client.endAsync(true);
    await gateway.kill();
    await plc.close();
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  }
});
