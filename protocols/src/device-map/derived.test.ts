import { expect, test } from "vitest";
import { allTags } from "./derived.ts";
import { formatProblem, parseDeviceMap } from "./parse.ts";

const good = `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - id: line-1
    name: Line 1
    area: hall
    units: [{ id: press, name: Press }]
devices:
  - id: plc-1
    driver: modbus
    endpoint: tcp://10.0.0.7:502
    line: line-1
    tags:
      - { signal: press/voltage, address: "holding:0", type: uint16, periodMs: 250 }
      - { signal: press/current, address: "holding:1", type: uint16, scale: { from: [0, 27648], to: [4, 20], clamp: true } }
      - { signal: press/name, role: text, address: "holding:10", type: string, length: 8 }
    derived:
      - signal: press/power
        expression: u * i / 1000
        inputs: { u: press/voltage, i: press/current }
        engineeringUnit: kW
      - signal: press/state
        role: machineState
        expression: "i > 5 ? 20 : 0"
        inputs: { i: press/current }
        states: { "0": Stopped, "20": Execute }
`;

const problemsOf = (text: string) =>
  (parseDeviceMap(text, "map.yaml").problems ?? []).map((problem) => formatProblem(problem));

test("derived tags stand behind the tags, typed by their role, as fast as their fastest input", () => {
  const { map } = parseDeviceMap(good, "map.yaml");
  const [device] = map?.devices ?? [];
  const tags = device === undefined ? [] : allTags(device);
  expect(tags.slice(3)).toMatchObject([
    {
      signal: "press/power",
      role: "analog",
      type: "float64",
      periodMs: 250,
      engineeringUnit: "kW",
    },
    { signal: "press/state", role: "machineState", type: "int32", periodMs: 1000 },
  ]);
});

test.for([
  [
    "an unknown input",
    "u: press/voltage",
    "u: press/voltag",
    /^map\.yaml:22:\d+ devices\[0\]\.derived\[0\]\.inputs\.u: the device has no tag "press\/voltag"/,
  ],
  [
    "a derived input",
    "i: press/current }\n        states",
    "i: press/power }\n        states",
    /^map\.yaml:27:\d+ .*the device has no tag "press\/power"/,
  ],
  [
    "a text as input",
    "u: press/voltage",
    "u: press/name",
    /^map\.yaml:22:\d+ .*"press\/name" is a text/,
  ],
  [
    "an input that is not used",
    "u * i / 1000",
    "i / 1000",
    /^map\.yaml:22:\d+ .*inputs\.u: the expression has no "u"/,
  ],
  [
    "an unknown name",
    "u * i / 1000",
    "u * j / 1000",
    /^map\.yaml:21:\d+ .*expression: it has no input "j" \(allowed: u, i\)/,
  ],
  ["code", "u * i / 1000", "u.constructor", /^map\.yaml:21:\d+ .*holds a MemberExpression/],
  [
    "a broken expression",
    "u * i / 1000",
    "u * i /",
    /^map\.yaml:21:\d+ .*Expected expression after \//,
  ],
  ["a wrong input name", "{ u: press", "{ 1u: press", /^map\.yaml:22:\d+ .*1u/],
  [
    "a counter",
    "role: machineState",
    "role: goodCount",
    /^map\.yaml:25:\d+ .*role: is "goodCount" \(allowed: analog, status, machineState, stopCode, machineMode\)/,
  ],
  [
    "a second signal of that name",
    "signal: press/power",
    "signal: press/voltage",
    /^map\.yaml:20:\d+ devices\[0\]\.derived\[0\]\.signal: .*already a tag/,
  ],
  [
    "an unknown unit",
    "signal: press/power",
    "signal: pres/power",
    /^map\.yaml:20:\d+ .*no unit "pres"/,
  ],
  [
    "a state without states",
    '        states: { "0": Stopped, "20": Execute }\n',
    "",
    /^map\.yaml:24:\d+ devices\[0\]\.derived\[1\]: a machineState has no states/,
  ],
  [
    "a range alone",
    "from: [0, 27648], to: [4, 20], clamp: true",
    "from: [0, 27648]",
    /^map\.yaml:17:\d+ .*scale\.from: from alone/,
  ],
  [
    "an empty range",
    "from: [0, 27648]",
    "from: [7, 7]",
    /^map\.yaml:17:\d+ .*scale\.from: a range from 7 to 7/,
  ],
  [
    "a factor beside a range",
    "from: [0, 27648]",
    "factor: 2, from: [0, 27648]",
    /^map\.yaml:17:\d+ .*scale\.factor: factor beside from and to/,
  ],
  [
    "a clamp without a range",
    "from: [0, 27648], to: [4, 20], clamp: true",
    "factor: 2, clamp: true",
    /^map\.yaml:17:\d+ .*scale\.clamp: clamp without a range/,
  ],
] as const)("%s is a problem of its line", ([, from, to, problem]) => {
  expect(good).toContain(from);
  expect(problemsOf(good)).toEqual([]);
  expect(problemsOf(good.replace(from, to)).some((line) => problem.test(line))).toBe(true);
});
