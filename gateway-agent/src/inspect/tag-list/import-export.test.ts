import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import writeXlsxFile from "write-excel-file/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import fc from "fast-check";
import { typed } from "../../../tests/terminal.ts";
import { tagColumns } from "./columns.ts";
import { formatCsv, parseCsv } from "./csv.ts";
import { mergeTags } from "./merge.ts";
import { readTagList } from "./read-list.ts";

const lakeside = fileURLToPath(
  new URL("../../../../whole-plant/device-maps/lakeside.yaml", import.meta.url),
);
const map = `# The press shop.
version: 1
enterprise: acme
site: works    # group
gateway: edge-1
lines:
  - { id: line-1, name: Line 1, area: hall-2, units: [ { id: filler, name: "Filler" } ] }
devices:
  - id: plc
    driver: modbus
    endpoint: tcp://127.0.0.1:502   # the old cabinet
    line: line-1
    tags:
      # Pieces.
      - { signal: filler/good, role: goodCount, address: holding:0, type: uint16 } # as the HMI shows
      - signal: filler/temperature
        address: holding:10
        type: float32
        order: CDAB # swapped
        deadband: 0.2
`;

let folder: string;
let mapFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tag-list-"));
  mapFile = join(folder, "map.yaml");
  await writeFile(mapFile, map);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function listed(text: string, name = "list.csv"): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}
const mapNow = () => readFile(mapFile, "utf8");

describe.for(["tags.csv", "tags.xlsx", "semicolon.csv", "tab.csv"])("%s", (name) => {
  test("a map that is exported and imported again is as it was", async () => {
    const file = join(folder, name);
    const separator = name.endsWith(".xlsx") || name === "tags.csv" ? "comma" : name.slice(0, -4);
    const exported = await typed(["export", lakeside, "--to", file, "--separator", separator]);
    expect(exported).toMatchObject({ exitCode: 0, output: `${file}: 49 tags\n` });
    const { exitCode, output } = await typed(["import", lakeside, file]);
    expect([exitCode, output]).toEqual([
      0,
      expect.stringMatching(/^0 added, 0 changed, 0 removed, 49 as/),
    ]);
  });
});

test("the diff is shown first, and nothing is written", async () => {
  const file = await listed(
    "device;signal;deadband;type;address\nplc;filler/temperature;0,5;float32;holding:12\nplc;filler/new;;uint16;holding:20\n",
  );
  const { exitCode, output } = await typed(["import", mapFile, file]);
  expect(exitCode).toBe(0);
  expect(output).toBe(`plc
  ~ filler/temperature  deadband 0.2 -> 0.5, address holding:10 -> holding:12
  + filler/new          type uint16, address holding:20
1 added, 1 changed, 0 removed, 0 as they were
Nothing was written; --apply writes ${mapFile}.
`);
  expect(await mapNow()).toBe(map);
});

test("--apply writes the map: comments stay, and so does all that the list says nothing of", async () => {
  const file = await listed(
    "signal,deadband,type,address,factor\nfiller/temperature,,float32,holding:12,0.1\nfiller/new,,uint16,holding:20,\n",
  );
  const { exitCode } = await typed(["import", mapFile, file, "--device", "plc", "--apply"]);
  expect(exitCode).toBe(0);
  expect(await mapNow()).toBe(
    map
      .replace("holding:10", "holding:12")
      .replace(
        "        deadband: 0.2\n",
        "        scale: { factor: 0.1 }\n      - signal: filler/new\n        address: holding:20\n        type: uint16\n",
      ),
  );
  expect(await readdir(folder)).toEqual(["list.csv", "map.yaml"]);
});

test("lines of a map from Windows end as they did", async () => {
  await writeFile(mapFile, map.replaceAll("\n", "\r\n"));
  const file = await listed("signal;type;address\r\nfiller/new;uint16;holding:20\r\n");
  expect(await typed(["import", mapFile, file, "--apply"])).toMatchObject({ exitCode: 0 });
  const lines = (await mapNow()).split("\r\n");
  expect(lines.some((line) => line.includes("\n"))).toBe(false);
  expect(lines.join("\n")).toBe(
    `${map}      - signal: filler/new\n        address: holding:20\n        type: uint16\n`,
  );
});

test("a list that changes nothing leaves the file alone, byte for byte", async () => {
  const file = await listed("device,signal,type\nplc,filler/good,UINT16\n");
  const { output } = await typed(["import", mapFile, file, "--apply"]);
  expect(output).toMatch(/says all of this already/);
  expect(await mapNow()).toBe(map);
});

test("--remove-others takes away what the list does not name", async () => {
  const file = await listed("device,signal\nplc,filler/good\n");
  const { output } = await typed(["import", mapFile, file, "--apply", "--remove-others"]);
  expect(output).toMatch(/^ {2}- filler\/temperature$/m);
  expect(parseDeviceMap(await mapNow(), mapFile).map?.devices[0]?.tags).toHaveLength(1);
  expect(await mapNow()).toMatch(/# Pieces\.(.*\n)*.*# as the HMI shows/);
});

test("of a map with two devices every row must say which one is meant", async () => {
  const other =
    "  - { id: other, driver: modbus, endpoint: tcp://127.0.0.1:503, line: line-1, tags: [{ signal: filler/b, address: holding:1, type: uint16 }] }\n";
  await writeFile(mapFile, `${map}${other}`);
  const { exitCode, output } = await typed([
    "import",
    mapFile,
    await listed("signal,type\nfiller/a,uint16\n"),
  ]);
  expect([exitCode, output]).toEqual([
    1,
    expect.stringMatching(/row 1, column device: this column is missing/),
  ]);
});

test("a device that has no tags yet gets them", async () => {
  await writeFile(mapFile, map.slice(0, map.indexOf("    tags:")));
  const file = await listed("device,signal,address,type\nplc,filler/a,holding:1,uint16\n");
  expect((await typed(["import", mapFile, file, "--apply"])).exitCode).toBe(0);
  expect(parseDeviceMap(await mapNow(), mapFile).map?.devices[0]?.tags[0]).toMatchObject({
    signal: "filler/a",
    address: "holding:1",
  });
});

describe("every wrong cell is named by row and column, and nothing is written", () => {
  test.for([
    [
      "an unknown device",
      "plc2,filler/a,holding:1,uint16,,",
      /row 2, column device: the map has no device "plc2" \(allowed: plc\)/,
    ],
    [
      "a wrong type",
      "plc,filler/a,holding:1,uint61,,",
      /row 2, column type: is "uint61" \(allowed: bool, /,
    ],
    [
      "a wrong address",
      "plc,filler/a,4x1,uint16,,",
      /row 2, column address: "4x1" is no Modbus address/,
    ],
    [
      "a text for a number",
      "plc,filler/a,holding:1,uint16,,fast",
      /row 2, column periodMs: is "fast" \(allowed: a number\)/,
    ],
    [
      "a number that is two",
      'plc,filler/a,holding:1,uint16,,"1,000"',
      /row 2, column periodMs: "1,000" can be read in two ways \(allowed: 1 or 1000\)/,
    ],
    [
      "a wrong deadband",
      "plc,filler/a,holding:1,uint16,5 apples,",
      /row 2, column deadband: is "5 apples" \(allowed: a deadband is a number, or /,
    ],
    [
      "an unknown unit",
      "plc,capper/a,holding:1,uint16,,",
      /row 2, column signal: its line has no unit "capper"/,
    ],
    ["no signal", "plc,,holding:1,uint16,,", /row 2, column signal: is empty/],
    ["a missing type", "plc,filler/a,holding:1,,,", /row 2: a Modbus tag has no type/],
    [
      "the same twice",
      "plc,filler/good,holding:1,uint16,,\nplc,filler/good,holding:2,uint16,,",
      /row 3, column signal: "filler\/good" of device "plc" stands in row 2 already/,
    ],
    [
      "more cells than titles",
      "plc,filler/a,holding:1,uint16,,,x",
      /row 2: "x" stands beside the titled columns/,
    ],
  ] as const)("%s", async ([, row, expected]) => {
    const file = await listed(`device,signal,address,type,deadband,periodMs\n${row}\n`);
    const { exitCode, output } = await typed(["import", mapFile, file, "--apply"]);
    expect([exitCode, output]).toEqual([1, expect.stringMatching(expected)]);
    expect(await mapNow()).toBe(map);
  });

  test.for([
    [
      "an unknown column",
      "device,signal,adress\nplc,filler/a,holding:0\n",
      /row 1, column adress: there is no such column; did you mean address\?/,
    ],
    [
      "a column twice",
      "device,signal,Signal\nplc,filler/a,x\n",
      /row 1, column Signal: this column stands there twice/,
    ],
    ["no rows", "device,signal\n", /the list has no rows below its column titles/],
  ] as const)("%s", async ([, text, expected]) => {
    const { exitCode, output } = await typed(["import", mapFile, await listed(text)]);
    expect([exitCode, output]).toEqual([1, expect.stringMatching(expected)]);
  });

  test("in an XLSX file by its rows too, with numbers and texts as a spreadsheet has them", async () => {
    const file = join(folder, "list.xlsx");
    const text = (value: string) => ({ value, type: String });
    await writeXlsxFile([
      ["Device", "SIGNAL", "Address", "type", "dead band"].map(text),
      [
        text("plc"),
        text("filler/a"),
        text("holding:30"),
        text("float32"),
        { value: 0.25, type: Number },
      ],
      [text("plc"), text("filler/b"), text("holding:32"), text("float32"), text("0,5%")],
      [text("plc"), text("filler/c"), text("holding:70000"), text("float32"), null],
    ]).toFile(file);
    const { exitCode, output } = await typed(["import", mapFile, file, "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ problems: [{ row: 4, column: "address" }] });
  });
});

test("a map that is wrong by itself is mended first", async () => {
  await writeFile(mapFile, map.replace("site: works", "site: W"));
  const { exitCode, output } = await typed([
    "import",
    mapFile,
    await listed("device,signal\nplc,filler/good\n"),
  ]);
  expect([exitCode, output]).toEqual([1, expect.stringMatching(/map\.yaml:4:\d+ site: is "W"/)]);
});

test.for([
  ["/nowhere.csv", /no such file/],
  ["old.xls", /old XLS file; save it as XLSX or CSV/],
  ["broken.xlsx", /no XLSX file/],
] as const)("%s cannot be read, exit code 2", async ([name, expected]) => {
  await writeFile(join(folder, "old.xls"), Buffer.from("d0cf11e0a1b11ae1", "hex"));
  await writeFile(join(folder, "broken.xlsx"), "PK\u0003\u0004 and nothing more");
  const file = name.startsWith("/") ? name : join(folder, name);
  const { exitCode, output } = await typed(["import", mapFile, file]);
  expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
});

test("an archive that unpacks to more than a list can be is not unpacked", async () => {
  const entry = Buffer.alloc(46);
  entry.write("PK\u0001\u0002", "latin1");
  entry.writeUInt32LE(0xffff_fff0, 24);
  const file = join(folder, "bomb.xlsx");
  await writeFile(file, Buffer.concat([Buffer.from("PK\u0003\u0004"), entry]));
  const { exitCode, output } = await typed(["import", mapFile, file]);
  expect([exitCode, output]).toEqual([2, expect.stringMatching(/it unpacks to 4294967280 bytes/)]);
});

test("whatever a list says, there is a diff or there are problems, and never an error", () => {
  const cell = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("plc", "filler/a", "filler/good", "holding:7", "uint16", "0,5", "1,000", "'=1"),
    fc.constantFrom("5%", "0=Held", "{", "true", "-1", "__proto__", "1e999", "[1,2]", "goodCount"),
  );
  const titles = fc.subarray(
    tagColumns.map(({ title }) => title),
    { minLength: 3 },
  );
  fc.assert(
    fc.property(
      titles,
      fc.array(fc.array(cell, { maxLength: 12 }), { maxLength: 4 }),
      (head, body) => {
        const rows = [[...new Set(["device", "signal", ...head])], ...body];
        const { separator, rows: read } = parseCsv(Buffer.from(formatCsv(rows, ";")));
        const { tags, problems } = readTagList(read, separator, "plc");
        const merged = mergeTags(map, tags, { file: "map.yaml", removesOthers: false });
        const found = problems.length + merged.problems.length + merged.mapProblems.length;
        expect(found > 0 || parseDeviceMap(merged.text, "map.yaml").map !== undefined).toBe(true);
        expect(merged.problems.every(({ row }) => row > 1)).toBe(true);
      },
    ),
    { seed: 7, numRuns: 100 },
  );
});

test("a spreadsheet of 3,000 tags goes in, and comes out as it was", async () => {
  const rows = Array.from(
    { length: 3000 },
    (_, at) => `plc;filler/s${at};holding:${at * 2};float32;0,5;°C`,
  );
  const file = await listed(
    `device;signal;address;type;deadband;engineering unit\r\n${rows.join("\r\n")}\r\n`,
  );
  const { output } = await typed(["import", mapFile, file, "--apply"]);
  expect(output).toMatch(/… and 2960 more \(--all shows them\)\n3000 added, 0 changed/);
  const xlsx = join(folder, "out.xlsx");
  await typed(["export", mapFile, "--to", xlsx]);
  const again = await typed(["import", mapFile, xlsx, "--json"]);
  expect(JSON.parse(again.output)).toMatchObject({ added: 0, changed: 0, unchanged: 3002 });
});
