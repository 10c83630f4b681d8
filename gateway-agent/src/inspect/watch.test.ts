import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startModbusPlc, type ModbusPlc } from "../../tests/modbus-plc.ts";
import { typed } from "../../tests/terminal.ts";

interface Line {
  device: string;
  signal?: string;
  value?: unknown;
  error?: string;
}

describe("watch over a real socket", () => {
  let plc: ModbusPlc;
  let folder: string;
  let map: string;

  beforeEach(async () => {
    plc = await startModbusPlc();
    plc.registers.writeUInt16BE(412, 0);
    plc.registers.writeUInt16BE(215, 2);
    folder = await mkdtemp(join(tmpdir(), "watch-"));
    map = join(folder, "map.yaml");
    await writeFile(
      map,
      `version: 1
enterprise: acme
site: works
gateway: edge-1
lines: [{ id: line-1, name: Line 1, area: hall, units: [{ id: u, name: U }] }]
devices:
  - id: plc
    driver: modbus
    endpoint: ${plc.endpoint}
    line: line-1
    periodMs: 20
    tags:
      - { signal: u/count, role: goodCount, address: "holding:0", type: uint16 }
      - { signal: u/temperature, address: "holding:1", type: int16, scale: { factor: 0.1 }, deadband: 0.5, engineeringUnit: °C }
    derived:
      - { signal: u/double, expression: 2 * t, inputs: { t: u/temperature }, deadband: 1 }
`,
    );
  });
  afterEach(async () => {
    await plc.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Watches until the lines say enough. */
  const watched = async (args: string[], enough: (lines: Line[]) => boolean) => {
    const stopping = new AbortController();
    const lines: Line[] = [];
    const outcome = await typed(
      ["watch", map, "--json", "--data-dir", folder, ...args],
      stopping.signal,
      (text) => {
        lines.push(JSON.parse(text) as Line);
        if (enough(lines)) stopping.abort();
      },
    );
    return { ...outcome, lines };
  };

  test("values come scaled, derived and through their deadband, straight from the device", async () => {
    let isSet = false;
    const { lines, exitCode } = await watched([], (heard) => {
      if (heard.length >= 3 && !isSet) {
        isSet = true;
        plc.registers.writeUInt16BE(217, 2);
        plc.registers.writeUInt16BE(413, 0);
      }
      return heard.some(({ value }) => value === 413);
    });
    expect(exitCode).toBe(0);
    expect(lines.map(({ signal, value }) => [signal, value])).toEqual([
      ["u/count", 412],
      ["u/temperature", 21.5],
      ["u/double", 43],
      ["u/count", 413],
    ]);
  });

  test("signals are chosen by globs", async () => {
    const { lines } = await watched(["--signal", "*/temp*"], (heard) => heard.length === 1);
    expect(lines).toMatchObject([{ device: "plc", signal: "u/temperature", value: 21.5 }]);
  });

  test("a device that goes away is bad, and its error is told", async () => {
    const { lines } = await watched([], (heard) => {
      if (heard.length === 3) void plc.wire.unplug();
      return heard.filter(({ value }) => value === null).length === 3;
    });
    expect(lines.some(({ error }) => error?.includes(plc.endpoint))).toBe(true);
  });

  test("where no device answers the exit code is 3", async () => {
    const args = ["--endpoint", "plc=tcp://127.0.0.1:9"];
    const { exitCode, output } = await watched(args, ([first]) => first?.error !== undefined);
    expect([exitCode, output]).toEqual([
      3,
      expect.stringMatching(/^plc: not connected; .*127\.0\.0\.1:9/),
    ]);
  });

  test.for([
    [["--device", "plk"], /no device "plk" \(it has plc\)\. Did you mean plc\?/],
    [["--endpoint", "plc"], /--endpoint plc: allowed is <device>=<url>/],
    [["--for", "0"], /--for 0: allowed is 1 to 86400/],
  ] as const)("%s is answered with what is wrong, exit code 2", async ([args, expected]) => {
    const { exitCode, output } = await typed(["watch", map, ...args]);
    expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
  });
});
