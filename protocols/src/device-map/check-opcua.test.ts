import { expect, test } from "vitest";
import { formatProblem, parseDeviceMap } from "./parse.ts";

const head = `version: 1
enterprise: acme
site: works
gateway: edge-1
lines:
  - { id: line-1, name: Line 1, area: hall, units: [{ id: filler, name: Filler, pacesLine: true, outputOfLine: true }] }
devices:
  - id: plc
    driver: opcua
    endpoint: opc.tcp://10.0.0.8:4840
    line: line-1
`;

function problems({ device = "", tag = "" }: { device?: string; tag?: string }): string[] {
  const map = `${head}    ${device}\n    tags:\n      - { signal: filler/a, address: "nsu=urn:p;s=A"${tag} }\n`;
  return (parseDeviceMap(map, "map.yaml").problems ?? []).map((problem) => formatProblem(problem));
}

test.for([
  { device: "security: { mode: Sign, policy: Aes128_Sha256_RsaOaep }" },
  { device: "security: {}\n    user: { name: anna, passwordFile: /run/secrets/plc }" },
  { device: "user: { name: anna, passwordEnv: PLC, inClear: true }" },
  { device: "user: { certificateFile: a.pem, privateKeyFile: a.key }" },
  { device: "mode: poll\n    profile: s7-1200\n    maxNodesPerRequest: 20" },
  {
    tag: ', item: { samplingMs: 0, queueSize: 1, discard: newest, trigger: timestamp, deadband: "2%" }',
  },
  { tag: ", role: text, event: { type: i=2052, field: 2:Zone/Name, severityMin: 500 }" },
  { tag: ', role: status, write: {}, method: "nsu=urn:p;s=Machine"' },
])("it is right: %o", (parts) => {
  expect(problems(parts)).toEqual([]);
});

test.for([
  [
    { device: "user: { name: anna, passwordFile: a }" },
    /devices\[0\]\.user: without security others/,
  ],
  [{ device: "security: {}\n    user: { name: anna }" }, /user: a user by name has one place/],
  [{ device: "user: { passwordEnv: A }" }, /user: neither a name nor a certificate/],
  [
    { device: "user: { name: anna, certificateFile: a, privateKeyFile: b }" },
    /user: both a name and a certificate/,
  ],
  [{ device: "user: { certificateFile: a }" }, /user: a user by certificate has its private key/],
  [{ device: "user: { name: anna, password: secret }" }, /unknown key "password"/],
  [
    { device: "security: { policy: Basic128Rsa15 }" },
    /is "Basic128Rsa15" \(allowed: Basic256Sha256,/,
  ],
  [{ tag: ", order: CDAB" }, /order: order belongs to Modbus/],
  [{ tag: ", type: bcd16" }, /type: type bcd16 belongs to Modbus/],
  [{ tag: ", type: bool, item: { deadband: 1 }" }, /item\.deadband: deadband of a bool/],
  [{ tag: ", event: { type: Alarm }" }, /event\.type: "Alarm" is no OPC UA NodeId/],
  [{ tag: ", event: {}, item: { trigger: value }" }, /item: deadband or trigger of an event/],
  [{ tag: ", event: {}, write: { min: 0, max: 1 }" }, /write: write of an event/],
  [{ tag: ", role: status, write: {}, method: Machine" }, /method: "Machine" is no OPC UA NodeId/],
  [{ tag: ", role: status, method: i=85" }, /method: a method that nobody may call/],
  [{ tag: ", role: status, write: {}, method: i=85, item: {}" }, /item: item of a method/],
] as const)("%o is told with its place, and what is allowed", ([parts, said]) => {
  expect(problems(parts)).toEqual([expect.stringMatching(said)]);
});

test("fields of OPC UA on a Modbus tag are told as such", () => {
  const map = head
    .replace("opcua", "modbus")
    .replace("opc.tcp://10.0.0.8:4840", "tcp://10.0.0.8:502")
    .concat("    tags: [{ signal: filler/a, address: holding:1, type: int16, item: {} }]\n");
  const [problem, ...more] = parseDeviceMap(map, "map.yaml").problems ?? [];
  expect(problem && formatProblem(problem)).toMatch(/item: item belongs to OPC UA/);
  expect(more).toEqual([]);
});
