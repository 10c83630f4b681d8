import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem, parseDeviceMap } from "./parse.ts";

const good = `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units:
      - { id: filler, name: Filler, pacesLine: true, outputOfLine: true }
      - { id: capper, name: Capper }
devices:
  - id: plc-1
    driver: modbus
    endpoint: tcp://10.0.0.7:502
    line: line-1
    tags:
      - signal: filler/good
        role: goodCount
        address: holding:0
        type: uint16
      - signal: filler/state
        role: machineState
        address: holding:2
        type: uint16
        sourceTime: holding:4
        states: { "0": Stopped, "20": Execute }
      - signal: filler/temperature
        address: holding:10
        type: float32
        order: CDAB
        deadband: 0.5%
  - id: plc-2
    driver: opcua
    endpoint: opc.tcp://10.0.0.8:4840
    line: line-1
    tags:
      - signal: capper/good
        role: goodCount
        address: nsu=urn:plc;s=Capper.Good
`;

/** The map with a text replaced, and its problems as lines. */
function problems(from: string, to: string): string[] {
  expect(good).toContain(from);
  return (parseDeviceMap(good.replace(from, to), "map.yaml").problems ?? []).map((problem) =>
    formatProblem(problem),
  );
}

test("a good map is a map, with its defaults", () => {
  const { map, problems: none } = parseDeviceMap(good, "map.yaml");
  expect(none).toBeUndefined();
  expect(map?.devices[0]).toMatchObject({ unitId: 1, periodMs: 1000, heartbeatMs: 10_000 });
});

test("the map of the demonstration plant is good", () => {
  const file = new URL("../../../whole-plant/device-maps/lakeside.yaml", import.meta.url);
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/^# yaml-language-server: \$schema=\S+device-map\.schema\.json\n/);
  expect(parseDeviceMap(text, "lakeside.yaml").problems).toBeUndefined();
});

test("an alias without its anchor is a problem of its line", () => {
  expect(problems("name: Line 1", "name: *nobody")).toEqual([
    "map.yaml:7:11 the document: *nobody stands for nothing: no &nobody comes before it " +
      "(allowed: an alias of an anchor, or the text in quotes)",
  ]);
});

test("aliases that would grow without end are refused", () => {
  const bomb = Array.from({ length: 9 }, (_, at) => {
    const of = Array.from({ length: 9 }, () => (at === 0 ? "x" : `*a${at - 1}`)).join(", ");
    return `a${at}: &a${at} [${of}]\n`;
  });
  const [first] = parseDeviceMap(bomb.join(""), "map.yaml").problems ?? [];
  expect(first?.allowed).toBe("at most 1000 values by alias");
});

describe("every problem has its place, what is wrong, and what is allowed", () => {
  test.for([
    [
      "a wrong type",
      "type: float32",
      "type: flaot32",
      /^map\.yaml:30:15 devices\[0\]\.tags\[2\]\.type: is "flaot32" \(allowed: bool, int8,/,
    ],
    [
      "an unknown key",
      "order: CDAB",
      "oder: CDAB",
      /^map\.yaml:31:9 devices\[0\]\.tags\[2\]\.oder: unknown key "oder" \(allowed: signal, role, address,/,
    ],
    [
      "an unknown key of a device",
      "line: line-1\n    tags:\n      - signal: filler",
      "unit: 3\n    line: line-1\n    tags:\n      - signal: filler",
      /^map\.yaml:16:5 devices\[0\]\.unit: unknown key "unit" \(allowed: .*unitId/,
    ],
    [
      "a missing key",
      "    endpoint: tcp://10.0.0.7:502\n",
      "",
      /^map\.yaml:13:5 devices\[0\]\.endpoint: is missing \(allowed: a text\)$/,
    ],
    [
      "a wrong driver",
      "driver: opcua",
      "driver: s7",
      /^map\.yaml:34:13 devices\[1\]\.driver: is "s7" \(allowed: .*modbus.*opcua/,
    ],
    [
      "a wrong endpoint",
      "tcp://10.0.0.7:502",
      "10.0.0.7",
      /^map\.yaml:15:15 devices\[0\]\.endpoint: is "10\.0\.0\.7" \(allowed: .*tcp:\/\/<host>:<port>/,
    ],
    [
      "a wrong deadband",
      "0.5%",
      "half",
      /^map\.yaml:32:19 devices\[0\]\.tags\[2\]\.deadband: is "half" \(allowed: a deadband is a number, or a percentage/,
    ],
    [
      "a wrong id",
      "site: works",
      "site: The Works",
      /^map\.yaml:3:7 site: is "The Works" \(allowed: must be 1 to 64/,
    ],
    [
      "a number that is too small",
      "    line: line-1\n    tags:\n      - signal: filler",
      "    line: line-1\n    periodMs: 3\n    tags:\n      - signal: filler",
      /^map\.yaml:17:15 devices\[0\]\.periodMs: is 3 \(allowed: at least 10\)$/,
    ],
    [
      "a state that PackML does not know",
      "Execute }",
      "Running }",
      /^map\.yaml:27:39 devices\[0\]\.tags\[1\]\.states\.20: is "Running" \(allowed: Clearing, Stopped/,
    ],
    [
      "an unknown line",
      "line: line-1\n    tags:\n      - signal: capper",
      "line: line-2\n    tags:\n      - signal: capper",
      /^map\.yaml:36:11 devices\[1\]\.line: there is no line "line-2" \(allowed: line-1\)$/,
    ],
    [
      "an unknown unit",
      "signal: capper/good",
      "signal: caper/good",
      /^map\.yaml:38:17 devices\[1\]\.tags\[0\]\.signal: its line has no unit "caper" \(allowed: filler\/…, capper\/…\)$/,
    ],
    [
      "two devices of one name",
      "id: plc-2",
      "id: plc-1",
      /^map\.yaml:33:9 devices\[1\]\.id: a second device is called "plc-1"/,
    ],
    [
      "two units of one name",
      "id: capper",
      "id: filler",
      /^map\.yaml:11:15 lines\[0\]\.units\[1\]\.id: a second unit of line "line-1"/,
    ],
    [
      "one signal in two tags",
      "signal: filler/temperature",
      "signal: filler/good",
      /^map\.yaml:28:17 devices\[0\]\.tags\[2\]\.signal: "filler\/good" of line "line-1" is already a tag of device "plc-1"/,
    ],
    [
      "one signal in two devices",
      "signal: capper/good",
      "signal: filler/good",
      /devices\[1\]\.tags\[0\]\.signal: "filler\/good" .* already a tag of device "plc-1"/,
    ],
    [
      "a state without states",
      '        states: { "0": Stopped, "20": Execute }\n',
      "",
      /^map\.yaml:22:9 devices\[0\]\.tags\[1\]: a machineState has no states/,
    ],
    [
      "states of a counter",
      "role: goodCount\n        address: nsu",
      'role: goodCount\n        states: { "1": Held }\n        address: nsu',
      /states of a goodCount/,
    ],
    [
      "a Modbus tag without a type",
      "        type: float32\n        order: CDAB\n",
      "",
      /^map\.yaml:28:9 devices\[0\]\.tags\[2\]: a Modbus tag has no type/,
    ],
    [
      "a string without a length",
      "type: float32\n        order: CDAB\n        deadband: 0.5%",
      "type: string",
      /a string has no length \(allowed: length: 1 to 250\)/,
    ],
    [
      "a bad Modbus address",
      "holding:10\n",
      "holding:99999\n",
      /^map\.yaml:29:18 devices\[0\]\.tags\[2\]\.address: "holding:99999" is no Modbus address/,
    ],
    [
      "a bad NodeId",
      "nsu=urn:plc;s=Capper.Good",
      "Capper.Good",
      /^map\.yaml:40:18 devices\[1\]\.tags\[0\]\.address: "Capper\.Good" is no OPC UA NodeId/,
    ],
    [
      "an order on 16 bits",
      "type: uint16\n      - signal: filler/state",
      "type: uint16\n        order: CDAB\n      - signal: filler/state",
      /order CDAB of a uint16 \(allowed: AB, BA\)/,
    ],
    [
      "an order of four words on two",
      "order: CDAB",
      "order: GHEFCDAB",
      /order GHEFCDAB of a float32 \(allowed: ABCD, CDAB, BADC, DCBA\)/,
    ],
    [
      "a fill of a number",
      "type: uint16\n      - signal: filler/state",
      "type: uint16\n        fill: nul\n      - signal: filler/state",
      /fill of a uint16 \(allowed: fill with type string only\)/,
    ],
    [
      "a counter in BCD",
      "type: uint16\n      - signal: filler/state",
      "type: bcd16\n      - signal: filler/state",
      /a goodCount of type bcd16/,
    ],
    [
      "BCD of OPC UA",
      "address: nsu=urn:plc;s=Capper.Good",
      "address: nsu=urn:plc;s=Capper.Good\n        type: bcd32",
      /type bcd32 belongs to Modbus/,
    ],
    [
      "an endpoint of no transport",
      "tcp://10.0.0.7:502",
      "udp://10.0.0.7:502",
      /a Modbus endpoint is tcp:\/\/<host>:<port>, rtu\+tcp:\/\/<host>:<port> or serial:/,
    ],
    [
      "settings of a serial line on TCP",
      "endpoint: tcp://10.0.0.7:502",
      "endpoint: tcp://10.0.0.7:502\n    serial: { baudRate: 9600 }",
      /devices\[0\]\.serial: serial of tcp:\/\/10\.0\.0\.7:502/,
    ],
    [
      "a unit that nobody answers as",
      "endpoint: tcp://10.0.0.7:502",
      "endpoint: rtu+tcp://10.0.0.7:502\n    unitId: 0",
      /devices\[0\]\.unitId: unit 0 of an RTU line: a broadcast, which nobody answers \(allowed: 1 to 247\)/,
    ],
    [
      "register 0 where they count from 1",
      "endpoint: tcp://10.0.0.7:502",
      "endpoint: tcp://10.0.0.7:502\n    addressBase: 1",
      /"holding:0" is no Modbus address/,
    ],
    [
      "an order on OPC UA",
      "address: nsu=urn:plc;s=Capper.Good",
      "address: nsu=urn:plc;s=Capper.Good\n        order: CDAB",
      /order belongs to Modbus/,
    ],
    [
      "a bad source time",
      "sourceTime: holding:4",
      "sourceTime: input:4",
      /^map\.yaml:26:21 devices\[0\]\.tags\[1\]\.sourceTime: "input:4" cannot be read in one request with holding:2/,
    ],
    [
      "a source time that is too far away",
      "sourceTime: holding:4",
      "sourceTime: holding:400",
      /would have to read 402 registers \(allowed: at most 125/,
    ],
    [
      "a counter that is no integer",
      "role: goodCount\n        address: holding:0\n        type: uint16",
      "role: goodCount\n        address: holding:0\n        type: float32",
      /a goodCount of type float32 \(allowed: int8 to int64/,
    ],
    [
      "a scaled counter",
      "type: uint16\n      - signal: filler/state",
      "type: uint16\n        scale: { factor: 2 }\n      - signal: filler/state",
      /a goodCount with scale/,
    ],
    [
      "a register as a bit",
      "type: float32\n        order: CDAB\n",
      "type: bool\n",
      /holding:10 is a register, not a bool/,
    ],
    [
      "a bit as a number",
      "address: holding:10\n",
      "address: holding:10.2\n",
      /holding:10\.2 is one bit, not a float32/,
    ],
    [
      "a value beyond the last address",
      "address: holding:10\n",
      "address: holding:65535\n",
      /it ends at 65536, beyond the last address/,
    ],
  ] as const)("%s", ([, from, to, expected]) => {
    const found = problems(from, to);
    expect(found.join("\n")).toMatch(expected);
  });

  test("a text that is no YAML", () => {
    const [first] = problems("lines:", "lines: [");
    expect(first).toMatch(/^map\.yaml:\d+:\d+ the document: .*\(allowed: a YAML 1\.2 document\)/);
  });

  test("an empty file", () => {
    expect(parseDeviceMap("", "map.yaml").problems?.map((one) => formatProblem(one))).toEqual([
      "map.yaml:1:1 the document: is empty (allowed: a mapping)",
    ]);
  });

  test("all problems come at once, in the order of the file", () => {
    const both = good.replace("site: works", "site: X").replace("type: float32", "type: real");
    const lines = parseDeviceMap(both, "map.yaml").problems?.map(({ line }) => line);
    expect(lines).toEqual([3, 30]);
  });
});

test("a map of 5,000 tags with one wrong line is refused with that line", () => {
  const tags = Array.from(
    { length: 5000 },
    (_, at) => `      - { signal: filler/s${at}, address: "holding:${at}", type: uint16 }`,
  );
  const wrongAt = 3217;
  tags[wrongAt] = tags[wrongAt]?.replace("uint16", "uint17") ?? "";
  const head = good.slice(0, good.indexOf("      - signal: filler/good"));
  const found = parseDeviceMap(`${head}${tags.join("\n")}\n`, "map.yaml").problems ?? [];
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    line: head.split("\n").length + wrongAt,
    path: `devices[0].tags[${wrongAt}].type`,
  });
});

test("whatever the text, there is a map or there are problems, and never an error", () => {
  const lines = good.split("\n");
  const change = fc.record({
    line: fc.nat({ max: lines.length - 1 }),
    text: fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(
        "",
        "- *x",
        "? [a]: b",
        "&a [*a]",
        "- 1",
        "  <<: *y",
        "tags: null",
        "id: 0x1f",
      ),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = [...lines];
      for (const { line, text } of changes) changed[line] = text;
      const { map, problems: found } = parseDeviceMap(changed.join("\n"), "map.yaml");
      expect(map !== undefined || (found?.length ?? 0) > 0).toBe(true);
      expect(found?.every(({ line, column }) => line >= 1 && column >= 1)).not.toBe(false);
    }),
    { seed: 5, numRuns: 100 },
  );
});
