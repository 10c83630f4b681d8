import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import { parsePlantModel } from "@only-mes/protocols/plant/parse-plant-model";
import { expect, test } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const file = at("../plant-models/lakeside.yaml");

function plant(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [at("../src/plant-model.ts"), ...args], { encoding: "utf8" });
}

test("the demonstration plant's model has every line and unit of its device map", () => {
  const { nodes, problems } = parsePlantModel(readFileSync(file, "utf8"), file);
  expect(problems).toBeUndefined();
  const known = new Map(nodes?.map((node) => [node.id, node]));
  const { map } = parseDeviceMap(readFileSync(at("../device-maps/lakeside.yaml"), "utf8"), "map");
  for (const line of map?.lines ?? []) {
    const area = `${map?.enterprise}/${map?.site}/${line.area}`;
    expect(known.get(line.id)).toMatchObject({ name: line.name, places: [{ parent: area }] });
    for (const [position, { id, ...unit }] of line.units.entries()) {
      const { idealRatePerMinute, targetRatePerMinute } = unit;
      expect(known.get(`${line.id}.${id}`)).toMatchObject({
        name: unit.name,
        settings: JSON.parse(JSON.stringify({ position, idealRatePerMinute, targetRatePerMinute })),
      });
    }
  }
});

test("the example of the page about it is right", () => {
  const page = readFileSync(at("../../docs/plant-model.md"), "utf8");
  const [, example = ""] = /```yaml\n([^`]*)```/.exec(page) ?? [];
  expect(parsePlantModel(example, "example").problems).toBeUndefined();
  expect(example).toContain("earlier:");
});

test("the command line checks a file, and says where what is wrong", () => {
  expect(plant("check", file)).toMatchObject({ status: 0 });
  const directory = mkdtempSync(join(tmpdir(), "only-mes-model-"));
  const broken = join(directory, "broken.yaml");
  writeFileSync(broken, readFileSync(file, "utf8").replace("id: packer", "id: labeller"));
  const { status, stdout } = plant("check", broken);
  rmSync(directory, { recursive: true });
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /broken\.yaml:\d+:\d+ enterprises\[0\].*\.units\[1\]\.id: "bottling-1\.labeller" is the unit/,
  );
  expect(plant("import", file, "--server", "http://127.0.0.1:1")).toMatchObject({ status: 2 });
  expect(plant("wish").stderr).toContain("npm run plant -- export");
});
