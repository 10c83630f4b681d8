import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { byteOrders, longOrders, registerOrders } from "@only-mes/protocols/device-map/schema";
import { startModbusPlc, type ModbusPlc } from "../../tests/modbus-plc.ts";
import { typed } from "../../tests/terminal.ts";

interface ProbedJson {
  values: { address: string; raw: number | boolean | null; refused?: string; changes: number }[];
  meanings: { address: string; type: string; order?: string; value: unknown; isLikely: boolean }[];
}

describe("probe over a real socket", () => {
  let plc: ModbusPlc;

  beforeEach(async () => {
    plc = await startModbusPlc();
    plc.registers.writeUInt16BE(412, 0);
    plc.registers.writeFloatBE(21.37, 4);
    // 1013.25 with its words swapped.
    plc.registers.writeUInt32BE(0x5000_447d, 8);
    plc.registers.write("OK", 12, "latin1");
    plc.bits[5] = true;
  });
  afterEach(() => plc.close());

  const probed = async (...args: string[]) => {
    const { output, exitCode } = await typed(["probe", plc.endpoint, ...args, "--json"]);
    return { ...(JSON.parse(output) as ProbedJson), exitCode };
  };

  test("registers are shown under every type and byte order", async () => {
    const { output, exitCode } = await typed(["probe", plc.endpoint, "holding:0"]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^holding:0 to holding:7 of unit 1 at tcp:/);
    expect(output).toMatch(/^holding:0 +019C +412 +412 +39937 +-25599 .* 00000001 10011100 /m);
    expect(output).toMatch(/^holding:6 +4F4B .*OK$/m);
    expect(output).toMatch(/^holding:2 +21\.37\* /m);
    expect(output).toMatch(/^holding:4 +\S+ +1013\.25\* /m);
    expect(output).toContain(
      '{ signal: …, address: "holding:2", type: float32, order: ABCD }   # 21.37',
    );
    expect(output).toContain(
      '{ signal: …, address: "holding:4", type: float32, order: CDAB }   # 1013.25',
    );
  });

  test("--json has every meaning, and which look like a value", async () => {
    const { meanings, values } = await probed("holding:0");
    expect(values[0]).toEqual({ address: "holding:0", raw: 412, changes: 0 });
    const real = meanings.find(
      ({ address, type, order }) => `${address} ${type} ${order}` === "holding:4 float32 CDAB",
    );
    expect(real).toMatchObject({ value: 1013.25, isLikely: true });
    expect(new Set(meanings.map(({ order }) => order))).toEqual(
      new Set([...registerOrders, ...byteOrders, ...longOrders]),
    );
    expect(new Set(meanings.map(({ type }) => type)).has("uint64")).toBe(true);
  });

  test("a register that the device refuses is named, and costs no other", async () => {
    plc.refuse = (first, count) => (first <= 3 && first + count > 3 ? 2 : undefined);
    const { values, meanings, exitCode } = await probed("holding:0");
    expect(exitCode).toBe(0);
    expect(values.map(({ raw }) => raw)).toEqual([412, 0, 0x41aa, null, 0x5000, 0x447d, 0x4f4b, 0]);
    expect(values[3]?.refused).toBe("exception 2 (illegal data address)");
    expect(
      meanings.some(({ address, type }) => address === "holding:2" && type === "float32"),
    ).toBe(false);
    const { output } = await typed(["probe", plc.endpoint, "holding:0"]);
    expect(output).toMatch(/^holding:3: exception 2 \(illegal data address\)$/m);
  });

  test("where everything is refused the exit code is 1", async () => {
    plc.refuse = () => 2;
    expect(await probed("input:0", "--count", "3")).toMatchObject({ exitCode: 1 });
  });

  test("bits are bits", async () => {
    const { values } = await probed("coil:4", "--count", "3");
    expect(values.map(({ raw }) => raw)).toEqual([false, true, false]);
    expect((await typed(["probe", plc.endpoint, "discrete:5", "--count", "1"])).output).toMatch(
      /^discrete:5 +1$/m,
    );
  });

  test("--live looks again and again, and counts what changes", async () => {
    const stopping = new AbortController();
    let looks = 0;
    const { written, exitCode } = await typed(
      ["probe", plc.endpoint, "holding:0", "--live", "--every", "20", "--json"],
      stopping.signal,
      () => {
        looks += 1;
        plc.registers.writeUInt16BE(500 + looks, 0);
        if (looks === 3) stopping.abort();
      },
    );
    expect(exitCode).toBe(0);
    const rounds = written
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as ProbedJson);
    expect(rounds.map(({ values }) => [values[0]?.raw, values[0]?.changes])).toEqual([
      [412, 0],
      [501, 1],
      [502, 2],
    ]);
  });

  test("a device of a map is found by its name, or alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "probe-"));
    const map = join(folder, "map.yaml");
    await writeFile(
      map,
      `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: u, name: U }] }]
devices:
  - { id: plc, driver: modbus, endpoint: "${plc.endpoint}", line: line-1, tags: [{ signal: u/a, address: "holding:0", type: uint16 }] }
`,
    );
    for (const args of [
      [map, "plc", "holding:0"],
      [map, "holding:0"],
    ]) {
      expect(await typed(["probe", ...args, "--count", "1"])).toMatchObject({ exitCode: 0 });
    }
    expect(await typed(["probe", map, "plk", "holding:0"])).toMatchObject({ exitCode: 2 });
    await rm(folder, { recursive: true });
  });

  test.for([
    [["holding:0", "--count", "126"], /--count 126: allowed is 1 to 125/],
    [["holding:65530", "--count", "7"], /--count 7: allowed is 1 to 6/],
    [["holding:0", "--type", "float33"], /--type float33: allowed is .*float32/],
    [["holding"], /"holding" is no address to probe/],
    [["holding:0", "--unit", "256"], /--unit 256: allowed is 0 to 255/],
  ] as const)("%s is refused with what is allowed, exit code 2", async ([args, expected]) => {
    const { output, exitCode } = await typed(["probe", plc.endpoint, ...args]);
    expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
  });

  test("a device that is not there is out of reach, exit code 3", async () => {
    await plc.wire.unplug();
    const { output, exitCode } = await typed([
      "probe",
      plc.endpoint,
      "holding:0",
      "--timeout",
      "200",
    ]);
    expect([exitCode, output]).toEqual([3, expect.stringContaining(plc.endpoint)]);
  });
});
