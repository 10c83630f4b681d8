import { join } from "node:path";
import { formatClockSetting, type ClockSetting } from "@only-mes/protocols/plant/clock";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import { brandsDir, demoDeviceMap, scripts } from "./paths.ts";
import { plantApi } from "./plant-api.ts";
import { readDeviceMap } from "./read-device-map.ts";
import { supervise, type Supervised } from "./supervised.ts";
import { until } from "./until.ts";

/** All processes of one plant, under supervision: simulated PLCs, server and gateway. */
export interface Plant {
  /** Absent with `simulators: false`. */
  simulators?: Supervised;
  server: Supervised;
  /** Absent without simulators and without a device map. */
  gateway?: Supervised;
  http: string;
  mqtt: string;
  database: string;
  lines: string[];
  /** When production began, in plant time; the server has observed every machine since before. */
  begunAtMs?: number;
  /** Ends everything, gateway first; what does not end in time is killed. */
  stop(): Promise<void>;
}

export interface PlantOptions {
  dataDir: string;
  clock: ClockSetting;
  seed: number;
  httpPort: number;
  mqttPort: number;
  lanes: number;
  simulators: boolean;
  consoleDir: string;
  /** In place of DATABASE_URL. */
  databaseUrl?: string;
  /** The gateway's device map; that of the simulated plant if absent. */
  deviceMap?: string;
  /** The simulated plant stops producing after this, in minutes of plant time. */
  minutes?: number;
  /** Every piece and state of the simulated plant, as lines of JSON. */
  truthFile?: string;
  /** Where the gateway finds the broker, if not at the server's own address. */
  mqttFor?: (mqtt: string) => Promise<string>;
  onRestart: (name: string, why: string) => void;
}

const gatewayGraceMs = 3000;
const serverGraceMs = 6000;
const linesWithinMs = 60_000;
/** A plant is ready without its gateway, too: a broker of its own may come later. */
const bornWithinMs = 15_000;

export async function startPlant(options: PlantOptions): Promise<Plant> {
  // A wrong map stops the start before anything runs.
  const map = readDeviceMap(options.deviceMap ?? demoDeviceMap);
  const started: Partial<Pick<Plant, "simulators" | "server" | "gateway">> = {};
  try {
    const server = await startServer(options).then((server) => (started.server = server));
    if (options.simulators) started.simulators = await startSimulators(options);
    const { http, mqtt, database, lines } = (await server.ready()) as unknown as ServerReady;
    if (options.simulators || options.deviceMap !== undefined) {
      const endpoints = await endpointsOf(started.simulators, map);
      const broker = (await options.mqttFor?.(mqtt)) ?? mqtt;
      started.gateway = await startGateway(options, broker, endpoints);
    }
    const plant = { ...started, server, http, mqtt, database, stop: () => stop(started) };
    if (started.gateway === undefined) return { ...plant, lines };
    if (started.simulators === undefined)
      return { ...plant, lines: await bornLines(http, map).catch(() => lines) };
    const observed = await observedLines(http, started.simulators, map);
    const { atMs } = await started.simulators
      .current()
      .request<{ atMs: number }>({ type: "begin" });
    return { ...plant, lines: observed, begunAtMs: atMs };
  } catch (error) {
    await stop(started);
    throw error;
  }
}

interface ServerReady {
  http: string;
  mqtt: string;
  database: string;
  lines: string[];
}

async function stop({ simulators, server, gateway }: Partial<Plant>): Promise<void> {
  await gateway?.stop(gatewayGraceMs);
  await Promise.all([simulators?.stop(gatewayGraceMs), server?.stop(serverGraceMs)]);
}

function startServer(options: PlantOptions): Promise<Supervised> {
  return supervise(
    (before) => ({
      name: "mes-server",
      script: scripts.server,
      ...(options.databaseUrl !== undefined && { env: { DATABASE_URL: options.databaseUrl } }),
      logFile: join(options.dataDir, "logs/mes-server.log"),
      args: optionArgs({
        "data-dir": join(options.dataDir, "server"),
        "http-port": portOf(before?.http) ?? options.httpPort,
        "mqtt-port": portOf(before?.mqtt) ?? options.mqttPort,
        clock: formatClockSetting(options.clock),
        lanes: options.lanes,
        "console-dir": options.consoleDir,
        "brands-dir": brandsDir,
        "allow-brand-query": true,
      }),
    }),
    options.onRestart,
  );
}

function startSimulators(options: PlantOptions): Promise<Supervised> {
  return supervise((before) => {
    const endpoints = before?.endpoints as Record<string, string> | undefined;
    return {
      name: "simulators",
      script: scripts.simulators,
      logFile: join(options.dataDir, "logs/simulators.log"),
      args: [
        "serve",
        ...optionArgs({
          "wait-for-begin": true,
          "state-dir": join(options.dataDir, "simulators"),
          seed: options.seed,
          clock: formatClockSetting(options.clock),
          "opcua-port": portOf(endpoints?.["bottling-plc"]) ?? 0,
          "modbus-port": portOf(endpoints?.["press-a"]) ?? 0,
          "meter-port": portOf(endpoints?.["bottling-meter"]) ?? 0,
          "for-minutes": options.minutes,
          "truth-file": options.truthFile,
        }),
      ],
    };
  }, options.onRestart);
}

function startGateway(
  options: PlantOptions,
  mqtt: string,
  endpoints: Record<string, string>,
): Promise<Supervised> {
  return supervise(
    (before) => ({
      name: "gateway-agent",
      script: scripts.gateway,
      logFile: join(options.dataDir, "logs/gateway-agent.log"),
      args: [
        ...optionArgs({
          map: options.deviceMap ?? demoDeviceMap,
          mqtt,
          "data-dir": join(options.dataDir, "gateway"),
          clock: formatClockSetting(options.clock),
          "http-port": portOf(before?.http) ?? 0,
        }),
        ...Object.entries(endpoints).flatMap(([device, url]) => ["--endpoint", `${device}=${url}`]),
      ],
    }),
    options.onRestart,
  );
}

/**
 * The lines of the simulated plant, once a state of each has come through to the API: production
 * begins only then, so that the server has seen the first piece.
 */
async function observedLines(
  http: string,
  simulators: Supervised,
  map: DeviceMap,
): Promise<string[]> {
  const { lines: simulated } = (await simulators.ready()) as unknown as { lines: string[] };
  const expected = simulated.filter((id) => map.lines.some((line) => line.id === id));
  return until("a first picture of every line", linesWithinMs, async () => {
    const lines = await plantApi(http).lines();
    const observed = lines.filter(({ units }) => units.every(({ state }) => state !== "Unknown"));
    const ids = observed.map(({ id }) => id);
    return expected.every((id) => ids.includes(id)) ? lines.map(({ id }) => id) : undefined;
  });
}

/** The lines of a map of one's own: they are there once the gateway is born, whether or not its PLCs answer. */
async function bornLines(http: string, { devices }: DeviceMap): Promise<string[]> {
  return until("the lines of the device map", bornWithinMs, async () => {
    const ids = (await plantApi(http).lines()).map(({ id }) => id);
    return devices.every(({ line }) => ids.includes(line)) ? ids : undefined;
  });
}

/** Of the simulated PLCs that the map reads. */
async function endpointsOf(
  simulators: Supervised | undefined,
  { devices }: DeviceMap,
): Promise<Record<string, string>> {
  const endpoints = (await simulators?.ready())?.endpoints ?? {};
  return Object.fromEntries(
    Object.entries(endpoints as Record<string, string>).filter(([id]) =>
      devices.some((device) => device.id === id),
    ),
  );
}

function optionArgs(options: Record<string, string | number | true | undefined>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

function portOf(url: unknown): string | undefined {
  return typeof url === "string" ? new URL(url).port : undefined;
}
