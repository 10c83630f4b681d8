import { DataType, StatusCodes, Variant, VariantArrayType, type Namespace } from "node-opcua";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { at, OpcuaRig, within } from "../../../tests/opcua-rig.ts";

describe("writes to an OPC UA server", () => {
  let rig: OpcuaRig;

  beforeEach(async () => {
    rig = await OpcuaRig.make();
  });
  afterEach(() => rig.end());

  const inTime = () => true;

  test.for([
    ["SByte", -128, -128],
    ["Byte", 255, 255],
    ["Int16", -32_768, -32_768],
    ["UInt32", 4_294_967_295, 4_294_967_295],
    ["Int64", -9_007_199_254_740_993n, -9_007_199_254_740_993n],
    ["UInt64", 18_446_744_073_709_551_615n, 18_446_744_073_709_551_615n],
    ["Float", 0.1, Math.fround(0.1)],
    ["Double", 0.1, 0.1],
    ["Boolean", true, true],
    ["String", "Größe 2", "Größe 2"],
    ["LocalizedText", "Kühlung", "Kühlung"],
    ["DateTime", "2026-11-24T12:00:00.000Z", "2026-11-24T12:00:00.000Z"],
  ] as const)(
    "a %s is written as the server has it, and read back",
    async ([type, value, held]) => {
      const plc = await rig.plc({ variables: { A: { type, value: firstOf(type) } } });
      const driver = rig.drive(plc.endpoint, [{ address: at("A") }]);
      await rig.connected();
      expect(await driver.write?.(0, value, inTime)).toEqual(held);
      await rig.shows(held);
    },
  );

  test.for([
    ["Byte", 256],
    ["Byte", 1.5],
    ["Int16", "7"],
    ["Float", 1e39],
    ["Boolean", 1],
    ["String", true],
    ["UInt64", -1n],
    ["DateTime", "yesterday"],
  ] as const)("%s: %s is refused before anything is sent", async ([type, value]) => {
    const plc = await rig.plc({ variables: { A: { type, value: firstOf(type) } } });
    const driver = rig.drive(plc.endpoint, [{ address: at("A") }]);
    await rig.connected();
    const written = vi.spyOn(plc.server as unknown as TakesWrites, "_on_WriteRequest");
    await expect(driver.write?.(0, value, inTime)).rejects.toMatchObject({
      code: "unusable",
      device: "plc",
      message: expect.stringMatching(/s=A \(unit\/s0\) of device plc cannot be written: .* is no/),
    });
    expect(written).not.toHaveBeenCalled();
  });

  test("what the device makes of a value is what is read back", async () => {
    const plc = await rig.plc({ variables: {}, extend: clampedTo(100) });
    const driver = rig.drive(plc.endpoint, [{ address: at("Clamped") }]);
    await rig.connected();
    expect(await driver.write?.(0, 250, inTime)).toBe(100);
  });

  test("one element of an array is written, and the others stay", async () => {
    const plc = await rig.plc({ variables: {}, extend: list });
    const driver = rig.drive(plc.endpoint, [
      { address: at("List#[1]") },
      { address: at("List#[2]") },
    ]);
    await rig.connected();
    expect(await driver.write?.(0, 20, inTime)).toBe(20);
    await rig.shows(20, 3);
  });

  test("what a server refuses is said with its status, and with the node", async () => {
    const plc = await rig.plc({
      variables: {},
      extend: (namespace) => {
        namespace
          .addVariable({
            organizedBy: namespace.addressSpace.rootFolder.objects,
            browseName: "Fixed",
            nodeId: "s=Fixed",
            dataType: "Int32",
            accessLevel: "CurrentRead",
            userAccessLevel: "CurrentRead",
          })
          .setValueFromSource({ dataType: DataType.Int32, value: 1 });
      },
    });
    const driver = rig.drive(plc.endpoint, [{ address: at("Fixed") }, { address: at("Absent") }]);
    await rig.connected();
    await expect(driver.write?.(0, 2, inTime)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(
        /s=Fixed .*was not written: Bad(NotWritable|UserAccessDenied)/,
      ),
    });
    await expect(driver.write?.(1, 2, inTime)).rejects.toMatchObject({ code: "refused" });
    await rig.shows(1, null);
  });

  test("a field of a structure, and an event, are not written", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    const driver = rig.drive(plc.endpoint, [
      { address: at("A") },
      { address: at("A#.Speed") },
      { address: at("Machine"), event: {} },
    ]);
    await rig.connected();
    await expect(driver.write?.(1, 2, inTime)).rejects.toMatchObject({
      code: "unusable",
      message: expect.stringMatching(/a field of a structure/),
    });
    await expect(driver.write?.(2, 2, inTime)).rejects.toMatchObject({ code: "unusable" });
  });

  test("a command whose time is over, or whose device is away, is not carried out", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    const driver = rig.drive(plc.endpoint, [{ address: at("A") }]);
    await rig.connected();
    await expect(driver.write?.(0, 2, () => false)).rejects.toMatchObject({ code: "tooLate" });
    await plc.wire.unplug();
    await vi.waitFor(() => expect(rig.sink.isConnected).toBe(false), within);
    await expect(driver.write?.(0, 2, inTime)).rejects.toMatchObject({ code: "unreachable" });
    await plc.wire.plug();
    await rig.shows(1);
  });

  test("of a write without an answer nobody says that it did not happen", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    const driver = rig.drive(plc.endpoint, [{ address: at("A") }], { timeoutMs: 100 });
    await rig.connected();
    const written = driver.write?.(0, 2, () => {
      plc.wire.blackHole(true);
      return true;
    });
    await expect(written).rejects.toMatchObject({
      code: expect.stringMatching(/^(timeout|closed)$/),
      message: expect.stringMatching(/may or may not have been written/),
    });
    plc.wire.blackHole(false);
    plc.wire.reset();
  });

  test("a method is called by a write, with the value or by true alone", async () => {
    const calls: unknown[] = [];
    const plc = await rig.plc({ variables: {}, extend: methods(calls) });
    const of = at("Machine");
    const write = { min: 0, max: 100 };
    const driver = rig.drive(plc.endpoint, [
      { address: at("Reset"), method: of, role: "status", write: {} },
      { address: at("SetSpeed"), method: of, write },
      { address: at("Machine#"), method: of, role: "status", write: {} },
    ]);
    await rig.connected();
    expect(await driver.write?.(0, true, inTime)).toBe(true);
    expect(await driver.write?.(1, 40, inTime)).toBe(41.5);
    expect(calls).toEqual(["reset", 40]);
    await expect(driver.write?.(0, false, inTime)).rejects.toMatchObject({ code: "unusable" });
    await expect(driver.write?.(1, "fast", inTime)).rejects.toMatchObject({
      code: "unusable",
      message: expect.stringMatching(/fast is no Double/),
    });
    await expect(driver.write?.(1, 99, inTime)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/was not called: BadOutOfRange/),
    });
    expect(calls).toEqual(["reset", 40, 99]);
  });
});

interface TakesWrites {
  _on_WriteRequest(message: unknown): void;
}

function firstOf(type: string): unknown {
  if (type === "Boolean") return false;
  if (type === "String") return "";
  if (type === "LocalizedText") return { text: "" };
  if (type === "DateTime") return new Date(0);
  return type.endsWith("64") ? [0, 0] : 0;
}

function clampedTo(most: number) {
  return (namespace: Namespace): void => {
    let held = 0;
    namespace.addVariable({
      organizedBy: namespace.addressSpace.rootFolder.objects,
      browseName: "Clamped",
      nodeId: "s=Clamped",
      dataType: "Int32",
      minimumSamplingInterval: 20,
      value: {
        get: () => new Variant({ dataType: DataType.Int32, value: held }),
        set: (variant: Variant) => {
          held = Math.min(Number(variant.value), most);
          return StatusCodes.Good;
        },
      },
    });
  };
}

function list(namespace: Namespace): void {
  namespace
    .addVariable({
      organizedBy: namespace.addressSpace.rootFolder.objects,
      browseName: "List",
      nodeId: "s=List",
      dataType: "Int32",
      valueRank: 1,
      minimumSamplingInterval: 0,
    })
    .setValueFromSource({
      dataType: DataType.Int32,
      arrayType: VariantArrayType.Array,
      value: [1, 2, 3],
    });
}

function methods(calls: unknown[]) {
  return (namespace: Namespace): void => {
    const machine = namespace.addObject({
      organizedBy: namespace.addressSpace.rootFolder.objects,
      browseName: "Machine",
      nodeId: "s=Machine",
    });
    namespace
      .addMethod(machine, { browseName: "Reset", nodeId: "s=Reset" })
      .bindMethod((_inputs, _context, done) => {
        calls.push("reset");
        done(null, { statusCode: StatusCodes.Good, outputArguments: [] });
      });
    namespace
      .addMethod(machine, {
        browseName: "SetSpeed",
        nodeId: "s=SetSpeed",
        inputArguments: [{ name: "speed", dataType: DataType.Double, description: { text: "" } }],
        outputArguments: [{ name: "actual", dataType: DataType.Double, description: { text: "" } }],
      })
      .bindMethod(([speed], _context, done) => {
        const wanted = Number(speed?.value);
        calls.push(wanted);
        if (wanted > 90) return done(null, { statusCode: StatusCodes.BadOutOfRange });
        const actual = new Variant({ dataType: DataType.Double, value: wanted + 1.5 });
        return done(null, { statusCode: StatusCodes.Good, outputArguments: [actual] });
      });
  };
}
