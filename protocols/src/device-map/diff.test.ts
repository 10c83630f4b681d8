import { expect, test } from "vitest";
import { diffDeviceMaps, formatMapDiff, isSameMap } from "./diff.ts";
import { parseDeviceMap } from "./parse.ts";
import type { DeviceMap } from "./schema.ts";

const text = `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: press, name: Press }, { id: oven, name: Oven }]
  - id: line-2
    name: Line 2
    area: hall
    units: [{ id: saw, name: Saw }]
devices:
  - id: plc-1
    driver: modbus
    endpoint: tcp://10.0.0.1:502
    line: line-1
    tags:
      - { signal: press/good, role: goodCount, address: "holding:0", type: uint16 }
      - { signal: oven/heat, address: "holding:2", type: float32, deadband: 1 }
  - id: plc-2
    driver: modbus
    endpoint: tcp://10.0.0.2:502
    line: line-2
    tags: [{ signal: saw/good, role: goodCount, address: "holding:0", type: uint16 }]
`;

function mapOf(changed: (text: string) => string = (same) => same): DeviceMap {
  const { map, problems } = parseDeviceMap(changed(text), "map.yaml");
  if (map === undefined) throw new Error(JSON.stringify(problems));
  return map;
}

const diffOf = (changed: (text: string) => string) => diffDeviceMaps(mapOf(), mapOf(changed));

test("the same map, written otherwise, is no change", () => {
  const other = mapOf(
    (was) =>
      `# a comment\n${was.replaceAll("role: goodCount, address", "address").replaceAll("type: uint16", "type: uint16, role: goodCount")}`,
  );
  const reversed = {
    ...other,
    devices: other.devices.map((one) => ({ ...one, tags: [...one.tags].reverse() })).reverse(),
  };
  const diff = diffDeviceMaps(mapOf(), reversed);
  expect(isSameMap(diff)).toBe(true);
  expect(formatMapDiff(diff)).toEqual([]);
});

test("devices and tags that came, went and changed are named, with the fields", () => {
  const diff = diffOf((was) =>
    was
      .replace("deadband: 1", "deadband: 2, heartbeatMs: 5000")
      .replace("10.0.0.1:502", "10.0.0.9:502")
      .replace("signal: press/good", "signal: press/pieces")
      .replace("id: plc-2", "id: plc-3"),
  );
  expect(formatMapDiff(diff)).toEqual([
    "~ device plc-1",
    "  ~ endpoint tcp://10.0.0.1:502 -> tcp://10.0.0.9:502",
    "  - press/good",
    "  ~ oven/heat: deadband 1 -> 2, heartbeatMs is now 5000",
    "  + press/pieces",
    "- device plc-2 (1 tags)",
    "+ device plc-3 (1 tags)",
  ]);
  expect(diff.redefined).toEqual([]);
});

test("a plant described anew is a new birth of its devices, not another way to read them", () => {
  const diff = diffOf((was) => was.replace("name: Oven", "name: Furnace"));
  expect(diff.devices).toEqual([]);
  expect(diff.redefined).toEqual(["plc-1"]);
  expect(formatMapDiff(diff)).toEqual([
    "~ lines.line-1.units.oven.name Oven -> Furnace",
    "~ born again, and read as before: plc-1",
  ]);
});

test("units in another order have other places in the flow", () => {
  const diff = diffOf((was) =>
    was.replace(
      "[{ id: press, name: Press }, { id: oven, name: Oven }]",
      "[{ id: oven, name: Oven }, { id: press, name: Press }]",
    ),
  );
  expect(diff.plant.map(({ path }) => path)).toEqual([
    "lines.line-1.units.press.position",
    "lines.line-1.units.oven.position",
  ]);
  expect(diff.redefined).toEqual(["plc-1"]);
});

test("who the gateway is does not change while it runs", () => {
  const diff = diffOf((was) => was.replace("gateway: edge-1", "gateway: edge-2"));
  expect(diff.identity).toEqual([{ path: "gateway", before: "edge-1", after: "edge-2" }]);
  expect(formatMapDiff(diff)).toEqual(["~ gateway edge-1 -> edge-2 (needs a restart)"]);
});

test("what may be inspected from afar changes while it runs", () => {
  const list = 'gateway: edge-1\ninspect: { endpoints: ["tcp://plc:502"] }';
  const diff = diffOf((was) => was.replace("gateway: edge-1", list));
  expect(diff.identity).toEqual([]);
  expect(isSameMap(diff)).toBe(false);
  expect(diff.plant.map(({ path }) => path)).toEqual(["inspect"]);
});
