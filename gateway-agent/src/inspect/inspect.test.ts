import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deviceMapJsonSchema } from "@only-mes/protocols/device-map/json-schema";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspect } from "./command-line.ts";

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

test("validate: a good map is counted, exit code 0", () => {
  expect(inspect(["validate", lakeside])).toEqual({
    exitCode: 0,
    output: `${lakeside}: valid, 4 devices, 49 tags\n`,
  });
});

test("validate: a wrong map is explained line by line, exit code 1", () => {
  const { exitCode, output } = inspect(["validate", wrongMap]);
  expect(exitCode).toBe(1);
  expect(output).toMatch(
    /wrong\.yaml:\d+:13 devices\[1\]\.unitId: is 300 \(allowed: at most 255\)\n1 problem\(s\)/,
  );
});

test("validate --json: the same for a script", () => {
  const { exitCode, output } = inspect(["validate", wrongMap, "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(output)).toMatchObject({
    valid: false,
    problems: [{ path: "devices[1].unitId", message: "is 300", allowed: "at most 255" }],
  });
});

test("plan: every request with what it reads, and how many a second", () => {
  const { exitCode, output } = inspect(["plan", lakeside]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^press-a +250 ms +FC3 registers +holding:0 +8 +4 +0$/m);
  expect(output).toMatch(/^press-b +250 ms +FC2 bits +discrete:0 +1 +1 +0$/m);
  expect(output).toMatch(/49 tags in 11 requests; 19\.4 Modbus requests a second\n$/);
});

test("plan --json: the same for a script; a wrong map is explained, exit code 1", () => {
  const { requests } = JSON.parse(inspect(["plan", lakeside, "--json"]).output) as {
    requests: { device: string; count: number; tags: number }[];
  };
  expect(requests.reduce((sum, { tags }) => sum + tags, 0)).toBe(49);
  expect(inspect(["plan", wrongMap]).exitCode).toBe(1);
});

test.for([
  [[], /No command was given/],
  [["browse", "x"], /There is no command "browse"/],
  [["toString", "x"], /There is no command "toString"/],
  [["validate"], /validate takes one device map/],
  [["validate", "/nowhere.yaml"], /no such file/],
  [["validate", "x", "--colour"], /Unknown option '--colour'/],
] as const)("%s is answered with what is wrong, exit code 2", ([args, expected]) => {
  const { exitCode, output } = inspect(args);
  expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
});

test("the command line prints the same, and ends with the same exit code", () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [main, "validate", wrongMap], {
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([1, inspect(["validate", wrongMap]).output]);
});

test("the JSON Schema for editors is current; npm run schema -w gateway-agent writes it", () => {
  const file = new URL("../../device-map.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(deviceMapJsonSchema());
});
