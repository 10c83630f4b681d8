import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diffDeviceMaps } from "@only-mes/protocols/device-map/diff";
import { parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import { DeployedMapFile } from "./deployed-map.ts";
import { MapKeeper } from "./map-keeper.ts";
import { digestOf } from "./read-map.ts";

let folder: string;
let deployed: DeployedMapFile;
let applied: DeviceMap[];
let fault: Error | undefined;
const logged: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "maps-"));
  deployed = new DeployedMapFile(folder);
  applied = [];
  fault = undefined;
  logged.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const textOf = (endpoint: string) => `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: press, name: Press }] }]
devices:
  - id: plc
    driver: modbus
    endpoint: ${endpoint}
    line: line-1
    tags: [{ signal: press/good, role: goodCount, address: "holding:0", type: uint16 }]
`;
const first = textOf("tcp://10.0.0.1:502");
const second = textOf("tcp://10.0.0.2:502");

function keeper(options: { takesDeployed?: boolean; endpoints?: Map<string, string> } = {}) {
  const { map } = parseDeviceMap(first, "map.yaml");
  if (map === undefined) throw new Error("the test's own map is wrong");
  let present = map;
  return new MapKeeper(
    { map, digest: digestOf(first), revision: undefined },
    {
      file: "map.yaml",
      endpoints: options.endpoints ?? new Map(),
      deployed,
      takesDeployed: options.takesDeployed ?? true,
      apply: async (next) => {
        if (fault !== undefined) throw fault;
        applied.push(next);
        const diff = diffDeviceMaps(present, next);
        present = next;
        return diff;
      },
      now: () => 42,
      log: {
        applied: (origin) => logged.push(`applied ${origin}`),
        refused: (origin) => logged.push(`refused ${origin}`),
        setAside: () => logged.push("set aside"),
      },
    },
  );
}

describe("which map is in force", () => {
  test("the file is, and its changes are applied, while nothing is deployed", async () => {
    const maps = keeper();
    const answer = await maps.offerFile(second);
    expect(answer.result).toBe("applied");
    expect(answer.diff).toEqual([
      "~ device plc",
      "  ~ endpoint tcp://10.0.0.1:502 -> tcp://10.0.0.2:502",
    ]);
    expect(maps.status()).toMatchObject({ origin: "file", digest: digestOf(second) });
    expect((await maps.offerFile(`# the same\n${second}`)).result).toBe("unchanged");
  });

  test("a deployed map stands above the file, and is kept for the next start", async () => {
    const maps = keeper();
    expect((await maps.offerDeployed({ revision: 4, text: second })).result).toBe("applied");
    expect(deployed.read()).toEqual({ revision: 4, text: second });
    expect((await maps.offerFile(textOf("tcp://10.0.0.3:502"))).result).toBe("setAside");
    expect(maps.status()).toMatchObject({ origin: "deployed", revision: 4 });
    expect([applied.length, logged]).toEqual([1, ["applied revision-4", "set aside"]]);
  });

  test("with --map-from file none is taken", async () => {
    const maps = keeper({ takesDeployed: false });
    const answer = await maps.offerDeployed({ revision: 1, text: second });
    expect([answer.result, answer.problems[0]]).toEqual([
      "refused",
      expect.stringContaining("--map-from file"),
    ]);
    expect(deployed.read()).toBeUndefined();
  });

  test("one that cannot be applied is refused, and what was kept before is kept", async () => {
    const maps = keeper();
    await maps.offerDeployed({ revision: 1, text: second });
    fault = new Error("no such certificate");
    const answer = await maps.offerDeployed({ revision: 2, text: textOf("tcp://10.0.0.3:502") });
    expect(answer).toMatchObject({ result: "refused", problems: ["no such certificate"] });
    expect(deployed.read()).toEqual({ revision: 1, text: second });
    expect(maps.status()).toMatchObject({ revision: 1, refused: { origin: "deployed", atMs: 42 } });
  });

  test("endpoints of the command line hold; one of a device that is gone says nothing", async () => {
    const endpoints = new Map([
      ["plc", "tcp://127.0.0.1:5020"],
      ["gone", "tcp://127.0.0.1:5021"],
    ]);
    await keeper({ endpoints }).offerFile(second);
    expect(applied[0]?.devices.map(({ endpoint }) => endpoint)).toEqual(["tcp://127.0.0.1:5020"]);
  });
});
