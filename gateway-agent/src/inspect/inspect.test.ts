import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deviceMapJsonSchema } from "@only-mes/protocols/device-map/json-schema";
import { afterAll, beforeAll, expect, test } from "vitest";
import { typed } from "../../tests/terminal.ts";

const lakeside = fileURLToPath(
  new URL("../../../whole-plant/device-maps/lakeside.yaml", import.meta.url),
);

let folder: string;
let wrongMap: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "inspect-"));
  wrongMap = join(folder, "wrong.yaml");
  writeFileSync(wrongMap, readFileSync(lakeside, "utf8").replace("unitId: 3", "unitId: 300"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("validate: a good map is counted, exit code 0", async () => {
  expect(await typed(["validate", lakeside])).toMatchObject({
    exitCode: 0,
    output: `${lakeside}: valid, 4 devices, 49 tags\n`,
  });
});

test("validate: a wrong map is explained line by line, exit code 1", async () => {
  const { exitCode, output } = await typed(["validate", wrongMap]);
  expect(exitCode).toBe(1);
  expect(output).toMatch(
    /wrong\.yaml:\d+:13 devices\[1\]\.unitId: is 300 \(allowed: at most 255\)\n1 problem\(s\)/,
  );
});

test("validate --json: the same for a script", async () => {
  const { exitCode, output } = await typed(["validate", wrongMap, "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(output)).toMatchObject({
    valid: false,
    problems: [{ path: "devices[1].unitId", message: "is 300", allowed: "at most 255" }],
  });
});

test("plan: every request with what it reads, and how many a second", async () => {
  const { exitCode, output } = await typed(["plan", lakeside]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^press-a +1 +250 ms +FC3 registers +holding:0-7 +8 +4 +0$/m);
  expect(output).toMatch(/^press-b +2 +250 ms +FC2 bits +discrete:0 +1 +1 +0$/m);
  expect(output).toMatch(
    /^49 tags in 11 requests; 19\.4 Modbus requests a second, 0 of 54 registers and bits for nothing$/m,
  );
  expect(output).toMatch(/^tcp:\/\/127\.0\.0\.1:5020: 2 unit\(s\), 18\.4 requests a second$/m);
});

test("plan: what a serial line cannot carry is told", async () => {
  const file = join(folder, "serial.yaml");
  const device = (unitId: number) => ({
    id: `plc-${unitId}`,
    driver: "modbus",
    endpoint: "serial:///dev/ttyUSB0",
    serial: { baudRate: 9600 },
    unitId,
    line: "l",
    periodMs: 200,
    tags: Array.from({ length: 60 }, (_, at) => ({
      signal: `u/s${unitId}-${at}`,
      address: `holding:${at * 2}`,
      type: "float32",
    })),
  });
  const map = {
    version: 1,
    enterprise: "acme",
    site: "works",
    gateway: "edge",
    lines: [{ id: "l", name: "L", area: "a", units: [{ id: "u", name: "U" }] }],
    devices: [device(1), device(2)],
  };
  writeFileSync(file, JSON.stringify(map));
  const { output } = await typed(["plan", file]);
  expect(output).toMatch(
    /2 unit\(s\), 10\.0 requests a second, \d{3} % of the line at 9600 baud\. TOO MUCH/,
  );
});

test("plan --json: the same for a script; a wrong map is explained, exit code 1", async () => {
  const { output } = await typed(["plan", lakeside, "--json"]);
  const { requests } = JSON.parse(output) as {
    requests: { device: string; count: number; tags: number }[];
  };
  expect(requests.reduce((sum, { tags }) => sum + tags, 0)).toBe(49);
  expect(await typed(["plan", wrongMap])).toMatchObject({ exitCode: 1 });
});

test.for([
  [[], /No command was given/],
  [["pln", "x"], /There is no command "pln"\. Did you mean plan\?/],
  [["toString", "x"], /There is no command "toString"\.\n/],
  [["validate"], /validate takes <device map>\./],
  [["validate", "x", "y"], /validate takes <device map>\./],
  [["validate", "/nowhere.yaml"], /no such file/],
  [["validate", "x", "--jsn"], /validate has no option --jsn\. Did you mean --json\?/],
  [["validate", "x", "--colour"], /validate has no option --colour\.\n/],
  [["validate", "x", "-j"], /validate has no option -j\./],
  [["validate", "x", "--json=yes"], /--json takes no value/],
  [["export", "x", "--to"], /--to takes <file>\./],
  [["export", "x", "--to", "a", "--to", "b"], /--to was given twice/],
  [
    ["export", "x", "--separator", "semicoln"],
    /allowed is comma, semicolon, tab\. Did you mean semicolon\?/,
  ],
  [["export", lakeside, "--device", "pres-a"], /no device "pres-a" .*Did you mean press-a\?/],
] as const)("%s is answered with what is wrong, exit code 2", async ([args, expected]) => {
  const { exitCode, output } = await typed(args);
  expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
});

test("every command has a help text, which names its options and examples", async () => {
  const { output, exitCode } = await typed(["--help"]);
  expect(exitCode).toBe(0);
  const names = [...output.matchAll(/^ {2}([a-z]+) +[A-Z]/gm)].map(([, name = ""]) => name);
  expect(names).toContain("import");
  for (const name of names) {
    const help = await typed([name, "--help"]);
    expect(help).toEqual(await typed(["help", name]));
    expect(help.exitCode).toBe(0);
    expect(help.output).toContain(`Usage: npm run inspect -- ${name} `);
    expect(help.output).toMatch(/--json .*\n(.*\n)*Examples:\n {2}npm run inspect/);
  }
});

test("the command line prints the same, and ends with the same exit code", async () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [main, "validate", wrongMap], {
    encoding: "utf8",
  });
  const { output } = await typed(["validate", wrongMap]);
  expect([status, stdout]).toEqual([1, output]);
});

test("the JSON Schema for editors is current; npm run schema -w gateway-agent writes it", () => {
  const file = new URL("../../device-map.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(deviceMapJsonSchema());
});
