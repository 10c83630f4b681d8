import { parseDeviceMap, type MapProblem } from "@only-mes/protocols/device-map/parse";
import { parse, stringify } from "yaml";
import { modbusPoints } from "../../../gateway-agent/src/drivers/modbus/address.ts";
import { planReads } from "../../../gateway-agent/src/drivers/modbus/plan.ts";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { damaged } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";

/** A wrong line is named by its number; a map that is accepted means what it says. */
export const deviceMap: FuzzTarget = {
  what: "device maps with one wrong line, which must be named, and with any damage at all",
  attempt(random) {
    const lines = goodMap(random);
    const choice = fraction(random);
    if (choice < 0.1) {
      demand(parseDeviceMap(text(lines), file).problems?.[0]?.message, undefined, "a good map");
      return "good";
    }
    if (choice < 0.6) return oneWrongLine(lines, random);
    const bytes = damaged(Buffer.from(text(lines)), random);
    return judgeDamaged(new TextDecoder().decode(bytes));
  },
};

const file = "map.yaml";

interface MapLine {
  readonly text: string;
  /** What may stand there instead, and is wrong. */
  readonly wrong: readonly string[];
}

function text(lines: readonly MapLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join("");
}

const head: readonly MapLine[] = [
  { text: "version: 1", wrong: ["version: 2", "version: one"] },
  { text: "enterprise: acme", wrong: ["enterprise: ACME GmbH", "enterprise: 7"] },
  { text: "site: works", wrong: ["site: a/b", "site: '#'"] },
  { text: "gateway: edge-1", wrong: ["gateway: +", "gateway: []"] },
  { text: "lines:", wrong: [] },
  { text: "  - id: line-1", wrong: ["  - id: -x", "  - id: null"] },
  { text: "    name: Line 1", wrong: ["    name: ''", "    name: [a]"] },
  { text: "    area: hall", wrong: ["    area: Hall 7"] },
  { text: "    units:", wrong: [] },
  {
    text: "      - { id: filler, name: Filler }",
    wrong: ["      - { id: filler, name: Filler, speed: 7 }", "      - { id: 7, name: Filler }"],
  },
  { text: "devices:", wrong: [] },
];

function goodMap(random: RandomState): MapLine[] {
  const lines: MapLine[] = [...head];
  const devices = wholeIn(random, [1, 3]);
  for (let device = 0; device < devices; device += 1) {
    lines.push(
      { text: `  - id: plc-${device}`, wrong: ["  - id: ../etc", "  - id: 'plc 0'"] },
      { text: "    driver: modbus", wrong: ["    driver: modbos", "    driver: s7"] },
      {
        text: `    endpoint: tcp://10.0.0.${device}:502`,
        wrong: ["    endpoint: http://10.0.0.7", "    endpoint: 10.0.0.7"],
      },
      { text: "    line: line-1", wrong: ["    line: line-2", "    line: {}"] },
      { text: "    unitId: 1", wrong: ["    unitId: 256", "    unitId: 1.5", "    unitid: 1"] },
      { text: "    tags:", wrong: [] },
    );
    const tags = wholeIn(random, [1, 6]);
    for (let tag = 0; tag < tags; tag += 1) lines.push(goodTag(device, tag, random));
  }
  return lines;
}

function goodTag(device: number, tag: number, random: RandomState): MapLine {
  const signal = `filler/s-${device}-${tag}`;
  const offset = wholeIn(random, [0, 60_000]);
  const type = oneOf(random, ["int16", "uint16", "int32", "uint32", "float32", "float64"]);
  const line = (fields: string) => `      - { signal: ${signal}, ${fields} }`;
  return {
    text: line(`address: "holding:${offset}", type: ${type}`),
    wrong: [
      line(`address: "holdin:${offset}", type: ${type}`),
      line(`address: "holding:${offset + 65_536}", type: ${type}`),
      line(`address: "holding:65535", type: float64`),
      line(`address: "holding:${offset}"`),
      line(`address: "holding:${offset}", type: flaot32`),
      line(`address: "holding:${offset}", type: ${type}, periodMs: 1`),
      line(`address: "holding:${offset}", type: ${type}, deadbnd: 1`),
      line(`address: "holding:${offset}", type: ${type}, states: { "0": Stopped }`),
      line(`address: "coil:${offset}", type: ${type}`),
      line(`address: "holding:${offset}", type: bool`),
      line(`address: "holding:${offset}", type: ${type}, deadband: 1`).replace("filler", "capper"),
    ],
  };
}

function oneWrongLine(lines: readonly MapLine[], random: RandomState): string {
  const candidates = lines.flatMap(({ wrong }, index) => (wrong.length > 0 ? [index] : []));
  const at = oneOf(random, candidates as [number]);
  const wrong = oneOf(random, (lines[at]?.wrong ?? []) as [string]);
  const changed = lines.map((line, index) => (index === at ? { ...line, text: wrong } : line));
  const { problems } = parseDeviceMap(text(changed), file);
  if (problems === undefined) throw new Misattributed(`accepted: ${wrong.trim()}`);
  for (const { line, message } of problems) demand(line, at + 1, `line of "${message}"`);
  return "one wrong line, named";
}

function judgeDamaged(source: string): string {
  const { map, problems } = parseDeviceMap(source, file);
  if (problems !== undefined) {
    demandPlaces(problems, source);
    return "refused";
  }
  const rewritten = parseDeviceMap(stringify(map), file);
  demand(JSON.stringify(rewritten.map), JSON.stringify(map), "the map, written and read again");
  const plain = parse(source, { logLevel: "silent" }) as {
    devices: { tags: { address: string }[] }[];
  };
  map.devices.forEach((device, at) => {
    if (device.driver !== "modbus") return;
    const points = modbusPoints(device);
    planReads(points, device);
    for (const { tag, address } of points) {
      demand(address, plain.devices[at]?.tags[tag]?.address, `address of tag ${tag}`);
    }
  });
  return "accepted";
}

function demandPlaces(problems: readonly MapProblem[], source: string): void {
  if (problems.length === 0) throw new Misattributed("refused without a problem");
  const last = source.split("\n").length;
  for (const { line, column, message } of problems) {
    const isPlace = line >= 1 && line <= last && column >= 1;
    if (!isPlace || message === "") throw new Misattributed(`"${message}" at ${line}:${column}`);
  }
}
