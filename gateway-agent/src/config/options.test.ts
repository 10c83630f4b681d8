import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadMap } from "./load-map.ts";
import { OptionError, optionsHelp, readOptions } from "./options.ts";

const needed = ["--map", "map.yaml", "--mqtt", "mqtt://127.0.0.1:1883"];
const lakeside = fileURLToPath(
  new URL("../../../whole-plant/device-maps/lakeside.yaml", import.meta.url),
);

test("what is not given has its default, and the configuration is frozen", () => {
  const config = readOptions(needed, {});
  expect(config).toMatchObject({
    mapFile: "map.yaml",
    mqttUrl: "mqtt://127.0.0.1:1883",
    dataDir: ".data/gateway",
    primaryHost: "only-mes",
    http: { port: 8081, host: "127.0.0.1" },
    outboxBytesMax: 2048 * 1024 * 1024,
    crashAt: undefined,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test("whose word trims the outbox: the host's, unless there is none or it is of another make", () => {
  const trimmedBy = (...args: string[]) => readOptions([...needed, ...args], {}).trimmedBy;
  expect(trimmedBy()).toBe("host");
  expect(trimmedBy("--primary-host", "none")).toBe("broker");
  expect(trimmedBy("--primary-host", "scada", "--acknowledged-by", "broker")).toBe("broker");
});

test("every option is read", () => {
  const config = readOptions(
    [
      ...needed,
      "--data-dir",
      "/data",
      "--primary-host",
      "none",
      "--http-port",
      "0",
      "--endpoint",
      "a=tcp://10.0.0.1:502",
      "--endpoint",
      "b=opc.tcp://x:4840/path?a=b",
      "--clock",
      "1000,2000,60",
      "--crash-at",
      "after-sync:3",
      "--outbox-megabytes",
      "5",
    ],
    {},
  );
  expect(config.primaryHost).toBeUndefined();
  expect(Object.fromEntries(config.endpoints)).toEqual({
    a: "tcp://10.0.0.1:502",
    b: "opc.tcp://x:4840/path?a=b",
  });
  expect(config.clock).toEqual({ realOriginMs: 1000, plantOriginMs: 2000, speed: 60 });
  expect(config.crashAt).toEqual({ point: "after-sync", time: 3 });
  expect(config.outboxBytesMax).toBe(5 * 1024 * 1024);
});

test("the broker may come from the environment; an option is stronger", () => {
  const environment = { MQTT_URL: "mqtt://of-the-environment" };
  expect(readOptions(["--map", "m"], environment).mqttUrl).toBe("mqtt://of-the-environment");
  expect(readOptions(needed, environment).mqttUrl).toBe("mqtt://127.0.0.1:1883");
});

test.for([
  [["--mqtt", "mqtt://127.0.0.1"], /^--map is missing: the device map/],
  [["--map", "x"], /^--mqtt is missing: the broker; environment MQTT_URL/],
  [["--map", "x", "--mqtt", "broker"], /^--mqtt broker: allowed is an MQTT address/],
  [[...needed, "--http-port", "99999"], /^--http-port 99999: .*65535/],
  [[...needed, "--http-port", "web"], /^--http-port web: /],
  [[...needed, "--clock", "now"], /^--clock: clock "now" is not/],
  [[...needed, "--crash-at", "noon"], /^--crash-at noon: allowed is one of after-poll/],
  [[...needed, "--endpoint", "plc-1"], /^--endpoint plc-1: .*<device>=<url>/],
  [[...needed, "--colour", "blue"], /Unknown option '--colour'/],
] as const)("%s is refused with what is allowed", ([args, expected]) => {
  expect(() => readOptions(args, {})).toThrow(expected);
  expect(() => readOptions(args, {})).toThrow(OptionError);
});

test("the help lists every option with its default", () => {
  const help = optionsHelp();
  expect(help).toMatch(/--primary-host .*\(default only-mes\)/);
  for (const option of ["map", "mqtt", "endpoint", "backlog-rate", "clock"]) {
    expect(help).toContain(`--${option} `);
  }
});

test("an endpoint replaces the map's", () => {
  const map = loadMap(lakeside, new Map([["press-a", "tcp://10.0.0.9:502"]]));
  expect(map.devices.map(({ endpoint }) => endpoint)).toContain("tcp://10.0.0.9:502");
});

test.for([
  [
    "press-z",
    "tcp://10.0.0.9:502",
    /--endpoint press-z=…: the map has no such device \(allowed: .*press-a/,
  ],
  ["press-a", "opc.tcp://10.0.0.9:4840", /--endpoint press-a=opc\.tcp:.*a Modbus endpoint is tcp/],
] as const)("an endpoint %s=%s is refused", ([device, url, expected]) => {
  expect(() => loadMap(lakeside, new Map([[device, url]]))).toThrow(expected);
});

test("a wrong map is refused with every problem on a line of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "map-"));
  const file = join(folder, "map.yaml");
  writeFileSync(file, "version: 2\nenterprise: acme\nsite: A B\n");
  expect(() => loadMap(file, new Map())).toThrow(/:1:10 version: .*\n.*:3:7 site: /s);
  expect(() => loadMap(join(folder, "none.yaml"), new Map())).toThrow(/cannot be read/);
  rmSync(folder, { recursive: true });
});
