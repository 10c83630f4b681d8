import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import { DataType, VariantArrayType } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startOpcuaPlc, type OpcuaPlc } from "../../tests/opcua-plc.ts";
import { typed } from "../../tests/terminal.ts";

interface BrowsedJson {
  variables: { path: string[]; nodeId: string; type?: string; dataType: string; value: unknown }[];
  nodesSeen: number;
  isCut: boolean;
}

describe("browse over a real server", () => {
  let plc: OpcuaPlc;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "browse-"));
    plc = await startOpcuaPlc({
      namespacesBefore: ["urn:other"],
      variables: {
        GoodCount: { type: "UInt32", value: 7 },
        FillTemperature: { type: "Double", value: 21.5 },
        Running: { type: "Boolean", value: true },
        "=Product": { type: "String", value: "Water" },
      },
      extend: (namespace) => {
        namespace.addVariable({
          organizedBy: namespace.addressSpace.rootFolder.objects,
          browseName: "Recipe",
          nodeId: "s=Recipe",
          dataType: "Float",
          valueRank: 1,
          arrayDimensions: [3],
          value: {
            dataType: DataType.Float,
            arrayType: VariantArrayType.Array,
            value: [1.5, 2.5, 3.5],
          },
        });
      },
    });
  });
  afterAll(async () => {
    await plc.close();
    await rm(folder, { recursive: true, force: true });
  });

  const browse = (...args: string[]) =>
    typed(["browse", plc.endpoint, "--data-dir", folder, ...args]);
  const browsed = async (...args: string[]) => {
    const { output, exitCode } = await browse(...args, "--json");
    return { ...(JSON.parse(output) as BrowsedJson), exitCode };
  };
  const mapWith = async (tags: string) => {
    const map = join(folder, "map.yaml");
    await writeFile(
      map,
      `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: filler, name: F }] }]
devices:
  - id: plc
    driver: opcua
    endpoint: ${plc.endpoint}
    line: line-1
    tags:
${tags}`,
    );
    return map;
  };

  test("a table of every variable, its type, its value, and its NodeId by URI", async () => {
    const { output, exitCode } = await browse();
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^GoodCount +UInt32 +rw +7 +nsu=urn:test:plc;s=GoodCount$/m);
    expect(output).toMatch(/^FillTemperature +Double +rw +21\.5 /m);
    expect(output).toMatch(/7 variables among \d+ nodes\n$/);
    expect(output).not.toMatch(/ServerStatus/);
  });

  test("globs choose, and keep away from what cannot match", async () => {
    const all = await browsed("--server");
    const some = await browsed("--match", "**/*count", "--match", "R*");
    expect(some.variables.map(({ path: [name] }) => name)).toEqual([
      "GoodCount",
      "Running",
      "Recipe[0]",
      "Recipe[1]",
      "Recipe[2]",
    ]);
    const narrow = await browsed("--match", "Server/ServerStatus/State");
    expect(narrow.variables.map(({ nodeId }) => nodeId)).toEqual(["ns=0;i=2259"]);
    expect(narrow.nodesSeen).toBeLessThan(all.nodesSeen / 10);
  });

  test("a whole subtree from any root, over many requests and continuation points", async () => {
    const { variables, nodesSeen, isCut } = await browsed("--root", "i=2253", "--server");
    expect(isCut).toBe(false);
    expect(nodesSeen).toBeGreaterThan(200);
    expect(variables.map(({ path }) => path.join("/"))).toContain(
      "ServerStatus/BuildInfo/ProductName",
    );
  });

  test("what the limits cut off is said, exit code 1", async () => {
    expect(await browsed("--server", "--max", "50")).toMatchObject({ isCut: true, exitCode: 1 });
    expect(await browsed("--server", "--depth", "1")).toMatchObject({ isCut: true });
  });

  test("as tags they fit into a map, without those that it has, arrays by their elements", async () => {
    const known = '      - { signal: filler/known, address: "nsu=urn:test:plc;s=Running" }\n';
    const map = await mapWith(known);
    const { output } = await typed([
      "browse",
      map,
      "--data-dir",
      folder,
      "--as",
      "tags",
      "--unit",
      "filler",
    ]);
    const whole = parseDeviceMap(`${await readFile(map, "utf8")}${output}`, "map.yaml");
    expect(whole.problems).toBeUndefined();
    expect(whole.map?.devices[0]?.tags.map(({ signal, role }) => [signal, role])).toEqual([
      ["filler/known", "analog"],
      ["filler/good-count", "analog"],
      ["filler/fill-temperature", "analog"],
      ["filler/product", "text"],
      ["filler/recipe-0", "analog"],
      ["filler/recipe-1", "analog"],
      ["filler/recipe-2", "analog"],
    ]);
  });

  test("as a list they go through import", async () => {
    const map = await mapWith(
      '      - { signal: filler/known, address: "nsu=urn:test:plc;s=Running" }\n',
    );
    const list = join(folder, "list.csv");
    const { output } = await typed([
      "browse",
      map,
      "plc",
      "--data-dir",
      folder,
      "--as",
      "csv",
      "--to",
      list,
      "--unit",
      "filler",
    ]);
    expect(output).toBe(`${list}: 7 variables\n`);
    const imported = await typed(["import", map, list, "--json"]);
    expect(JSON.parse(imported.output)).toMatchObject({ added: 6, changed: 0 });
  });

  test.for([
    [["--root", "x=1"], /--root x=1: allowed is i=<number>/, 2],
    [["--root", "ns=1;s=nothing"], /the server answered BadNodeIdUnknown for ns=1;s=nothing/, 2],
    [["--root", "nsu=urn:nowhere;s=a"], /the server has no namespace for nsu=urn:nowhere;s=a/, 2],
    [["--as", "tagz"], /allowed is table, tags, csv\. Did you mean tags\?/, 2],
  ] as const)("%s is answered with what is wrong", async ([args, expected, code]) => {
    const { output, exitCode } = await browse(...args);
    expect([exitCode, output]).toEqual([code, expect.stringMatching(expected)]);
  });

  test("a server that is not there is out of reach, exit code 3", async () => {
    const { output, exitCode } = await typed([
      "browse",
      "opc.tcp://127.0.0.1:9",
      "--data-dir",
      folder,
    ]);
    expect([exitCode, output]).toEqual([
      3,
      expect.stringMatching(/^opc\.tcp:\/\/127\.0\.0\.1:9: .*\n$/),
    ]);
  });
});

test("a server that takes few nodes in a request is asked for few", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "browse-limited-"));
  const plc = await startOpcuaPlc({
    variables: Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`V${at}`, { type: "Int16", value: at }]),
    ),
    server: {
      serverCapabilities: { operationLimits: { maxNodesPerBrowse: 4, maxNodesPerRead: 3 } },
    },
  });
  try {
    const args = ["browse", plc.endpoint, "--match", "V*", "--data-dir", dataDir, "--json"];
    const { variables } = JSON.parse((await typed(args)).output) as BrowsedJson;
    expect(variables.map(({ value }) => value)).toEqual(Array.from({ length: 12 }, (_, at) => at));
  } finally {
    await plc.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

describe("browse of a server that nobody trusts yet", () => {
  test("is refused with what to do; once a person trusts its certificate, it goes on", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "browse-secured-"));
    const plc = await startOpcuaPlc({
      variables: { Level: { type: "Double", value: 3.5 } },
      secured: { users: { maintenance: "secret" } },
    });
    try {
      const password = join(dataDir, "password");
      await writeFile(password, "secret\n");
      const map = join(dataDir, "map.yaml");
      await writeFile(
        map,
        `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: filler, name: F }] }]
devices:
  - id: plc
    driver: opcua
    endpoint: ${plc.endpoint}
    security: { mode: SignAndEncrypt, policy: Basic256Sha256 }
    user: { name: maintenance, passwordFile: ${password} }
    line: line-1
    tags: [{ signal: filler/level, address: "nsu=urn:test:plc;s=Level" }]
`,
      );
      const browse = () =>
        typed(["browse", map, "--match", "Level", "--data-dir", dataDir, "--json"]);
      const refused = await browse();
      expect(refused.exitCode).toBe(3);
      const thumbprint = /not trusted; .*"inspect trust": ([0-9a-f]{40})/.exec(refused.output)?.[1];
      expect(refused.output).not.toContain("secret");
      const added = await typed(["trust", "add", thumbprint ?? "", "--data-dir", dataDir]);
      expect(added.exitCode).toBe(0);
      const { variables } = JSON.parse((await browse()).output) as BrowsedJson;
      expect(variables).toMatchObject([{ path: ["Level"], value: 3.5 }]);
    } finally {
      await plc.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
