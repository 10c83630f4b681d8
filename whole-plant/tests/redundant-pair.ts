import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startModbusPlc } from "@only-mes/simulators/plc/modbus/server";
import {
  emptyImage,
  setUint16,
  setUint32,
  type RegisterImage,
} from "@only-mes/simulators/plc/modbus/registers";
import { startBroker } from "../../gateway-agent/tests/broker.ts";
import type { GatewayStatus } from "../../gateway-agent/src/diagnostics/status.ts";
import { startChild, type Child } from "../src/child.ts";
import { ownDatabase } from "../src/own-database.ts";
import { brandsDir, scripts } from "../src/paths.ts";
import { getJson, plantApi } from "../src/plant-api.ts";
import { until } from "../src/until.ts";

export type Member = "edge-1-a" | "edge-1-b";
export const members: readonly Member[] = ["edge-1-a", "edge-1-b"];
/** The press changes its state behind so many pieces. */
export const piecesPerState = 400;
const withinMs = 45_000;

/** A PLC that counts, two gateways that read it by one map, a broker, and a server. */
export class RedundantPair {
  readonly mqtt: string;
  readonly #folder: string;
  readonly #plc: Awaited<ReturnType<typeof startModbusPlc>>;
  readonly #image: RegisterImage;
  readonly #broker: Awaited<ReturnType<typeof startBroker>>;
  readonly #database: Awaited<ReturnType<typeof ownDatabase>>;
  readonly #gateways = new Map<Member, { child: Child; http: string }>();
  readonly #begunAtMs = Date.now() - 60_000;
  #server: { child: Child; http: string } | undefined;
  #counting: NodeJS.Timeout | undefined;
  /** What the PLC's counter shows. */
  total = 0;

  private constructor(parts: {
    folder: string;
    plc: Awaited<ReturnType<typeof startModbusPlc>>;
    broker: Awaited<ReturnType<typeof startBroker>>;
    database: Awaited<ReturnType<typeof ownDatabase>>;
    image: RegisterImage;
  }) {
    this.#folder = parts.folder;
    this.#plc = parts.plc;
    this.#broker = parts.broker;
    this.#database = parts.database;
    this.#image = parts.image;
    this.mqtt = parts.broker.url;
    setUint16(this.#image, 2, 20);
  }

  static async start(): Promise<RedundantPair> {
    const folder = mkdtempSync(join(tmpdir(), "only-mes-pair-"));
    const image = emptyImage(0, 8);
    const plc = await startModbusPlc({ port: 0, units: new Map([[1, () => image]]) });
    const broker = await startBroker();
    const pair = new RedundantPair({ folder, plc, broker, image, database: await ownDatabase() });
    pair.writeMap(pair.mapText);
    await pair.startServer();
    return pair;
  }

  async startServer(): Promise<void> {
    const child = startChild({
      name: "mes-server",
      script: scripts.server,
      logFile: join(this.#folder, "mes-server.log"),
      env: {
        MQTT_URL: this.mqtt,
        ...(this.#database.url !== undefined && { DATABASE_URL: this.#database.url }),
      },
      args: [
        "--data-dir",
        join(this.#folder, "server"),
        "--http-port",
        "0",
        "--brands-dir",
        brandsDir,
      ],
    });
    const { http } = (await child.ready) as unknown as { http: string };
    this.#server = { child, http };
  }

  async stopServer(): Promise<void> {
    await this.#server?.child.stop(10_000);
    this.#server = undefined;
  }

  async startGateway(member: Member, mqtt = this.mqtt): Promise<void> {
    const args = ["--map", join(this.#folder, "map.yaml"), "--member", member, "--mqtt", mqtt];
    const child = startChild({
      name: member,
      script: scripts.gateway,
      logFile: join(this.#folder, `${member}.log`),
      args: [...args, "--data-dir", join(this.#folder, member), "--http-port", "0"],
    });
    const { http } = (await child.ready) as unknown as { http: string };
    this.#gateways.set(member, { child, http });
  }

  /** kill -9 */
  async kill(member: Member): Promise<void> {
    const gateway = this.#gateways.get(member);
    this.#gateways.delete(member);
    gateway?.child.kill();
    await gateway?.child.exited;
  }

  async stopGateway(member: Member): Promise<void> {
    const gateway = this.#gateways.get(member);
    this.#gateways.delete(member);
    await gateway?.child.stop(10_000);
  }

  signal(member: Member, signal: "SIGSTOP" | "SIGCONT"): void {
    process.kill(this.#gateways.get(member)?.child.pid ?? 0, signal);
  }

  async status(member: Member): Promise<GatewayStatus> {
    return (await getJson(`${this.#gateways.get(member)?.http}/status`)) as GatewayStatus;
  }

  async has(member: Member, role: "active" | "standby" | "unconfirmed"): Promise<void> {
    await until(`${member} is ${role}`, withinMs, async () => {
      const { redundancy, devices } = await this.status(member);
      return redundancy?.role === role && devices["plc"]?.connected === true ? true : undefined;
    });
  }

  /** Pieces fall from now on. */
  count(): void {
    this.#counting = setInterval(() => {
      this.total += 1;
      setUint32(this.#image, 0, this.total, "ABCD");
      const hasTurned = Math.floor(this.total / piecesPerState) % 2 === 1;
      setUint16(this.#image, 2, hasTurned ? 40 : 20);
    }, 10);
  }

  stopCounting(): void {
    clearInterval(this.#counting);
  }

  async counts() {
    const http = this.#server?.http ?? "";
    return plantApi(http).counts("line-1.press", this.#begunAtMs, Date.now());
  }

  /** What the server knows of the press since the gateways were there. */
  async states(): Promise<string[]> {
    const http = this.#server?.http ?? "";
    const intervals = await plantApi(http).states("line-1.press", this.#begunAtMs, Date.now());
    return intervals.map(({ state }) => state);
  }

  /** The server has counted this many pieces. */
  async counted(total: () => number): Promise<void> {
    await until("the pieces are counted", withinMs, async () =>
      (await this.counts()).good >= total() ? true : undefined,
    );
  }

  /** The server has the first reading, from which it counts. */
  async observed(): Promise<void> {
    await until("a first state of the press", withinMs, async () => {
      const lines = await plantApi(this.#server?.http ?? "").lines();
      return lines.some(({ units }) => units[0]?.state === "Execute") ? true : undefined;
    });
  }

  async drained(): Promise<void> {
    for (const member of this.#gateways.keys()) {
      await until(`${member} holds nothing more`, withinMs, async () => {
        const { held, uplink } = await this.status(member);
        return held.messages === 0 && uplink.state === "online" ? true : undefined;
      });
    }
  }

  async stop(): Promise<void> {
    this.stopCounting();
    for (const member of this.#gateways.keys()) await this.stopGateway(member);
    await this.stopServer();
    await this.#broker.close();
    await this.#plc.close();
    await this.#database[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  writeMap(text: string): void {
    writeFileSync(join(this.#folder, "map.yaml"), text);
  }

  async api(method: string, path: string, body?: unknown) {
    const response = await fetch(`${this.#server?.http}/api/v1${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    return { status: response.status, body: await response.json() };
  }

  get mapText(): string {
    return `version: 1
enterprise: acme
site: works
gateway: edge-1
redundancy: { members: [${members.join(", ")}], leaseMs: 3000 }
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: press, name: Press, pacesLine: true, outputOfLine: true }]
devices:
  - id: plc
    driver: modbus
    endpoint: ${this.#plc.url}
    line: line-1
    periodMs: 100
    heartbeatMs: 1000
    tags:
      - { signal: press/good, role: goodCount, address: "holding:0", type: uint32 }
      - signal: press/state
        role: machineState
        address: holding:2
        type: uint16
        states: { "20": Execute, "40": Held }
`;
  }
}
