import { expect, test } from "vitest";
import { formatProblem, parseDeviceMap } from "./parse.ts";

/** The problems of a map with this tag, after their place. */
function problemsOf(tag: string, driver = "modbus"): string[] {
  const endpoint = driver === "modbus" ? "tcp://10.0.0.7:502" : "opc.tcp://10.0.0.7:4840";
  const text = `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: press, name: Press }] }]
devices:
  - id: plc
    driver: ${driver}
    endpoint: ${endpoint}
    line: line-1
    tags:
      - { signal: press/x, ${tag} }
`;
  const { problems = [] } = parseDeviceMap(text, "map.yaml");
  return problems.map((problem) => formatProblem(problem));
}

test.for([
  "address: 'holding:0', type: uint16, write: { min: 0, max: 10 }",
  "address: 'holding:0', type: uint16, write: { values: [1, 2] }",
  "address: 'coil:0', type: bool, role: status, write: {}",
  "address: 'holding:0', type: string, length: 4, role: text, write: { values: [A, B] }",
])("%s is good", (tag) => {
  expect(problemsOf(tag)).toEqual([]);
});

test("OPC UA tells types by itself: the role says whether limits are needed", () => {
  expect(problemsOf("address: 'ns=2;s=X', role: text, write: {}", "opcua")).toEqual([]);
  expect(problemsOf("address: 'ns=2;s=X', write: {}", "opcua")).toHaveLength(1);
});

test.for([
  ["address: 'holding:0', type: uint16, write: {}", /without limits \(allowed: min and max, or/],
  ["address: 'holding:0', type: uint16, write: { min: 0 }", /without limits/],
  ["address: 'input:0', type: uint16, write: { min: 0, max: 1 }", /input:0 can only be read/],
  ["address: 'discrete:0', type: bool, write: {}", /discrete:0 can only be read/],
  [
    "address: 'holding:0', type: uint16, role: goodCount, write: { min: 0, max: 1 }",
    /write of a goodCount/,
  ],
  ["address: 'coil:0', type: bool, write: { min: 0, max: 1 }", /min and max of what is no number/],
  ["address: 'holding:0', type: uint16, write: { min: 2, max: 1 }", /min 2 is above max 1/],
  [
    "address: 'holding:0', type: uint16, write: { values: [1, '2'] }",
    /write\.values\[1\]: is "2" \(allowed: a number\)/,
  ],
  ["address: 'holding:0', type: uint16, write: { most: 2 }", /unknown key "most"/],
] as const)("%s is refused with its line", ([tag, problem]) => {
  expect(problemsOf(tag)).toEqual([expect.stringMatching(/^map\.yaml:12:/)]);
  expect(problemsOf(tag)[0]).toMatch(problem);
});
