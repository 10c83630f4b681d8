import {
  DataType,
  ensureDatatypeExtracted,
  StatusCodes,
  Subscription,
  VariantArrayType,
  type Namespace,
  type OPCUAServer,
  type UAVariable,
} from "node-opcua";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { at, OpcuaRig, within } from "../../../tests/opcua-rig.ts";
import type { Reading } from "../contract.ts";

interface CreatesItems {
  _on_CreateMonitoredItemsRequest(message: {
    request: { itemsToCreate: { requestedParameters: object }[] };
  }): void;
}

describe("how an OPC UA server is watched", () => {
  let rig: OpcuaRig;
  /** Variables that a test adds itself. */
  let added: Map<string, UAVariable>;

  beforeEach(async () => {
    rig = await OpcuaRig.make();
    added = new Map();
  });
  afterEach(() => rig.end());

  const analog =
    (name: string, range: [number, number]) =>
    (namespace: Namespace): void => {
      const variable = namespace.addAnalogDataItem({
        organizedBy: namespace.addressSpace.rootFolder.objects,
        browseName: name,
        nodeId: `s=${name}`,
        dataType: "Double",
        engineeringUnitsRange: { low: range[0], high: range[1] },
        minimumSamplingInterval: 0,
      });
      added.set(name, variable);
      write(name, 0);
    };
  const write = (name: string, value: unknown, dataType = DataType.Double): void => {
    added.get(name)?.setValueFromSource({ dataType, value });
  };
  const told = (tag: number): Reading["value"][] =>
    rig.sink.events.flatMap((event) =>
      event.kind === "readings"
        ? event.readings.filter((one) => one.tag === tag).map(({ value }) => value)
        : [],
    );

  /** Requests for items that reach the server. */
  const creations = (server: OPCUAServer) =>
    vi.spyOn(server as unknown as CreatesItems, "_on_CreateMonitoredItemsRequest");
  const parametersOf = (created: ReturnType<typeof creations>) =>
    created.mock.calls[0]?.[0].request.itemsToCreate[0]?.requestedParameters;

  /** Sets one after another, each when the server has taken the last; the mark shows that all is through. */
  const through = async (plc: { set(name: string, value: unknown): void }, mark: number) => {
    plc.set("Mark", mark);
    await vi.waitFor(() => expect(rig.sink.value(0)).toBe(mark), within);
  };
  const mark = { Mark: { type: "Int32", value: 0 } } as const;

  test("a deadband of the map is asked of the server, before scaling, and its edge still passes", async () => {
    const plc = await rig.plc({ variables: { ...mark, A: { type: "Double", value: 10 } } });
    rig.drive(plc.endpoint, [
      { address: at("Mark") },
      { address: at("A"), deadband: 1, scale: { factor: 0.5 } },
    ]);
    await rig.connected();
    await through(plc, 1);
    plc.set("A", 11.9);
    await through(plc, 2);
    expect(told(1)).toEqual([10]);
    plc.set("A", 12);
    await vi.waitFor(() => expect(told(1)).toEqual([10, 12]), within);
  });

  test("a percent deadband is of the range that the server declares", async () => {
    const plc = await rig.plc({ variables: mark, extend: analog("A", [0, 200]) });
    rig.drive(plc.endpoint, [
      { address: at("Mark") },
      { address: at("A"), item: { deadband: "10%" } },
    ]);
    await rig.connected();
    write("A", 19);
    await through(plc, 1);
    expect(told(1)).toEqual([0]);
    write("A", 21);
    await vi.waitFor(() => expect(told(1)).toEqual([0, 21]), within);
  });

  test("an item whose filter is refused is monitored without, which is said once and remembered", async () => {
    const plc = await rig.plc({ variables: { ...mark, A: { type: "Double", value: 1 } } });
    const created = creations(plc.server);
    rig.drive(plc.endpoint, [
      { address: at("Mark") },
      // It has no range, of which there could be a percentage.
      { address: at("A"), item: { deadband: "10%" } },
    ]);
    await rig.connected();
    await rig.says(
      /answered Bad\w*Filter\w* to the filter of 1 items, such as nsu=.*s=A: every change/,
    );
    plc.set("A", 1.01);
    await vi.waitFor(() => expect(told(1)).toContain(1.01), within);
    const before = created.mock.calls.length;
    plc.wire.reset();
    await vi.waitFor(() => expect(rig.sink.count("connected")).toBe(2), within);
    expect(created.mock.calls.length - before).toBe(1);
    expect(rig.sink.errors().filter(({ message }) => /filter of/.test(message))).toHaveLength(1);
  });

  test("what a server takes in one request is asked of it, and no more", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `V${index}`);
    const plc = await rig.plc({
      variables: Object.fromEntries(names.map((name) => [name, { type: "Int32", value: 5 }])),
      server: {
        serverCapabilities: {
          operationLimits: { maxNodesPerRead: 10, maxMonitoredItemsPerCall: 7 },
        },
      },
    });
    rig.drive(
      plc.endpoint,
      names.map((name) => ({ address: at(name) })),
    );
    await rig.connected();
    expect(new Set(rig.values(25))).toEqual(new Set([5]));
    names.forEach((name) => plc.set(name, 6));
    await rig.shows(...names.map(() => 6));
  });

  test("items beyond those that a server bears are polled, and yield only what changed", async () => {
    const plc = await rig.plc({
      variables: {
        A: { type: "Int32", value: 1 },
        B: { type: "Int32", value: 2 },
        C: { type: "Int32", value: 3 },
      },
      server: { serverCapabilities: { maxMonitoredItems: 1 } },
    });
    rig.drive(
      plc.endpoint,
      ["A", "B", "C"].map((name) => ({ address: at(name) })),
    );
    await rig.connected();
    await rig.says(/BadTooManyMonitoredItems for \d items: they are polled/);
    plc.set("B", 20);
    plc.set("C", 30);
    await rig.shows(1, 20, 30);
    expect(told(2)).toEqual([30]);
  });

  test("a server without subscriptions is polled", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    plc.server.engine.serverCapabilities.maxSubscriptions = 0;
    rig.drive(plc.endpoint, [{ address: at("A") }, { address: at("Absent") }]);
    await rig.connected();
    await rig.says(/answered BadTooManySubscriptions to a subscription: all of it is polled/);
    plc.set("A", 2);
    await rig.shows(2, null);
    expect(rig.sink.errors().filter(({ message }) => /Absent/.test(message))).toHaveLength(1);
    expect(plc.subscriptions()).toBe(0);
  });

  test("polling that the map wants keeps the time since when a value is as it is", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    rig.drive(plc.endpoint, [{ address: at("A") }], { mode: "poll" });
    await rig.connected();
    expect(plc.subscriptions()).toBe(0);
    const sourceMs = Date.now() - 5000;
    plc.set("A", 2, { sourceMs });
    await rig.shows(2);
    expect(rig.sink.latest.get(0)).toMatchObject({ timeMs: sourceMs, sourced: true });
    const heard = rig.sink.count("readings");
    await vi.waitFor(() => expect(rig.sink.count("readings")).toBeGreaterThan(heard + 5), within);
    expect(told(0)).toEqual([2]);
  });

  test("a server of a kind that takes no filters is not asked for one", async () => {
    const plc = await rig.plc({
      variables: { A: { type: "Double", value: 1 } },
      server: { buildInfo: { productName: "SIMATIC.S7-1200.OPC-UA.Application:PLC" } },
    });
    const created = creations(plc.server);
    rig.drive(plc.endpoint, [{ address: at("A"), deadband: 5 }]);
    await rig.connected();
    plc.set("A", 2);
    await rig.shows(2);
    expect(created).toHaveBeenCalledTimes(1);
    expect(parametersOf(created)).toMatchObject({ filter: null });
  });

  test("queue, discard policy and trigger are those of the map", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    const created = creations(plc.server);
    const item = { samplingMs: 100, queueSize: 3, discard: "newest", trigger: "timestamp" };
    rig.drive(plc.endpoint, [{ address: at("A") }], { item });
    await rig.connected();
    expect(parametersOf(created)).toMatchObject({
      samplingInterval: 100,
      queueSize: 3,
      discardOldest: false,
      filter: { trigger: 2, deadbandType: 0 },
    });
  });

  test("a server that publishes more rarely than asked is given the time that it takes", async () => {
    const plc = await rig.plc({ variables: mark });
    const least = Subscription.minimumPublishingInterval;
    Subscription.minimumPublishingInterval = 500;
    try {
      // Eight turns without news between two signs of life: 4 s, where less was expected.
      rig.drive(plc.endpoint, [{ address: at("Mark") }], { publishingIntervalMs: 100 });
      await rig.connected();
      await rig.says(/device plc publishes every 500 ms, more rarely than asked/);
      await vi.waitFor(() => expect(rig.sink.count("readings")).toBeGreaterThan(1), {
        timeout: 40_000,
      });
      expect(rig.sink.count("lost")).toBe(0);
    } finally {
      Subscription.minimumPublishingInterval = least;
    }
  }, 50_000);

  test("values that the server had to throw away are counted and named", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 0 } } });
    rig.drive(plc.endpoint, [{ address: at("A"), item: { samplingMs: 0, queueSize: 2 } }], {
      publishingIntervalMs: 200,
    });
    await rig.connected();
    for (let value = 1; value <= 20; value += 1) plc.set("A", value);
    await rig.shows(20);
    expect(rig.sink.skippedRequests).toBeGreaterThan(0);
    await rig.says(/lost values, its queue was full .* of nsu=urn:test:plc;s=A \(unit\/s0\)/);
  });

  test.for([
    [StatusCodes.UncertainSensorNotAccurate, 2],
    [StatusCodes.UncertainEngineeringUnitsExceeded, 2],
    [StatusCodes.GoodLocalOverride, 2],
    [StatusCodes.UncertainLastUsableValue, null],
    [StatusCodes.UncertainInitialValue, null],
    [StatusCodes.BadNoCommunication, null],
  ] as const)("of status %s a value is taken only if it is one of now", async ([status, value]) => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    rig.drive(plc.endpoint, [{ address: at("A") }]);
    await rig.connected();
    plc.set("A", 2, { status });
    await rig.shows(value);
    plc.set("A", 3);
    await rig.shows(3);
    expect(told(0).filter((one) => one === 2)).toHaveLength(value === null ? 0 : 1);
  });

  test("a plant may refuse all that is uncertain", async () => {
    const plc = await rig.plc({ variables: { A: { type: "Int32", value: 1 } } });
    rig.drive(plc.endpoint, [{ address: at("A") }], { uncertain: "refuse" });
    await rig.connected();
    plc.set("A", 2, { status: StatusCodes.UncertainSensorNotAccurate });
    await rig.shows(null);
    expect(rig.sink.errors().at(-1)?.message).toMatch(/UncertainSensorNotAccurate.*unit\/s0/);
  });

  const axes = async (namespace: Namespace): Promise<void> => {
    const { addressSpace } = namespace;
    const axis = namespace.createDataType({
      browseName: "Axis",
      isAbstract: false,
      subtypeOf: "Structure",
      partialDefinition: [
        { name: "Speed", dataType: DataType.Double, valueRank: -1 },
        { name: "Count", dataType: DataType.UInt64, valueRank: -1 },
        { name: "Temperatures", dataType: DataType.Float, valueRank: 1 },
      ],
    });
    namespace.addObject({
      browseName: { namespaceIndex: 0, name: "Default Binary" },
      typeDefinition: "DataTypeEncodingType",
      encodingOf: axis,
    });
    // What the server knew of its types before was without this one.
    Object.assign(addressSpace, { $$extraDataTypeManager: undefined });
    await ensureDatatypeExtracted(addressSpace);
    const objects = addressSpace.rootFolder.objects;
    const one = namespace.addVariable({
      organizedBy: objects,
      browseName: "Axis",
      nodeId: "s=Axis",
      dataType: axis,
      minimumSamplingInterval: 0,
    });
    const list = namespace.addVariable({
      organizedBy: objects,
      browseName: "List",
      nodeId: "s=List",
      dataType: "Int32",
      valueRank: 1,
      minimumSamplingInterval: 0,
      accessLevel: "CurrentRead | CurrentWrite",
    });
    added.set("Axis", one).set("List", list);
    turn = (Speed, temperature) =>
      one.setValueFromSource({
        dataType: DataType.ExtensionObject,
        value: addressSpace.constructExtensionObject(axis, {
          speed: Speed,
          count: [1, 2],
          temperatures: [20, temperature],
        }),
      });
    fill = (values) =>
      list.setValueFromSource({
        dataType: DataType.Int32,
        arrayType: VariantArrayType.Array,
        value: values,
      });
    turn(1.5, 21);
    fill([1, 2, 3]);
  };
  let turn: (speed: number, temperature: number) => void;
  let fill: (values: number[]) => void;

  test.for(["subscribe", "poll"])(
    "fields of structures and elements of arrays are values of their own (%s)",
    async (mode) => {
      const plc = await rig.plc({ variables: {}, extend: axes });
      rig.drive(
        plc.endpoint,
        [
          { address: at("Axis#.Speed") },
          { address: at("Axis#.Temperatures[1]") },
          { address: at("Axis#.Count") },
          { address: at("List#[2]") },
          { address: at("List#[0]") },
          { address: at("Axis#.Torque") },
          { address: at("List#[9]") },
          { address: at("Axis") },
        ],
        { mode },
      );
      await rig.connected();
      await rig.shows(1.5, 21, 4_294_967_298, 3, 1, null, null, null);
      const news = rig.sink.events.find((event) => event.kind === "connected");
      expect(news?.types.slice(0, 5)).toEqual(["float64", "float32", "uint64", "int32", "int32"]);
      await rig.says(/no field Torque \(it has Speed, Count, Temperatures\) for .*#\.Torque/);
      turn(2.5, 21);
      fill([1, 2, 4]);
      await rig.shows(2.5, 21, 4_294_967_298, 4, 1, null, null, null);
      // What did not change is not told again, although its node was.
      expect([told(1), told(4)]).toEqual([[], []]);
    },
  );

  test("events become the values of the tags that are fields of them", async () => {
    let raise: (message: string, severity: number) => void = () => undefined;
    const plc = await rig.plc({
      variables: mark,
      extend: (namespace) => {
        const { addressSpace } = namespace;
        const machine = namespace.addObject({
          organizedBy: addressSpace.rootFolder.objects,
          browseName: "Machine",
          nodeId: "s=Machine",
          eventNotifier: 1,
          notifierOf: addressSpace.rootFolder.objects.server,
        });
        raise = (message, severity) =>
          machine.raiseEvent("SystemEventType", {
            message: { dataType: DataType.LocalizedText, value: { text: message } },
            severity: { dataType: DataType.UInt16, value: severity },
          });
      },
    });
    const event = { severityMin: 500 };
    rig.drive(plc.endpoint, [
      { address: at("Mark") },
      { address: at("Machine"), role: "text", event },
      { address: at("Machine"), event: { ...event, field: "Severity" } },
      // Other events of the same object: none of them is an audit.
      { address: at("Machine"), role: "text", event: { type: "i=2052" } },
    ]);
    await rig.connected();
    raise("weak", 100);
    raise("Door open", 700);
    await rig.shows(0, "Door open", 700, undefined);
    expect([told(1), told(2)]).toEqual([["Door open"], [700]]);
    expect(rig.sink.latest.get(1)?.sourced).toBe(true);
    raise("Door open", 700);
    await vi.waitFor(() => expect(told(1)).toEqual(["Door open", "Door open"]), within);
  });

  test("a server that has none of the nodes is not connected to, and is asked again", async () => {
    const plc = await rig.plc({ variables: mark });
    rig.drive(plc.endpoint, [{ address: "nsu=urn:late;s=A" }]);
    await rig.says(/has none of the 1 nodes of the map \(no namespace of nsu=urn:late;s=A\)/);
    expect(rig.sink.count("connected")).toBe(0);
    const late = plc.server.engine.addressSpace?.registerNamespace("urn:late");
    late
      ?.addVariable({
        organizedBy: plc.server.engine.addressSpace?.rootFolder.objects,
        browseName: "A",
        nodeId: "s=A",
        dataType: "Int32",
      })
      .setValueFromSource({ dataType: DataType.Int32, value: 9 });
    await rig.connected();
    await rig.shows(9);
  });

  test("a namespace that comes later is found, although nobody broke the connection", async () => {
    const plc = await rig.plc({ variables: mark });
    rig.drive(plc.endpoint, [{ address: at("Mark") }, { address: "nsu=urn:late;s=A" }]);
    await rig.connected();
    await rig.shows(0, null);
    const space = plc.server.engine.addressSpace;
    space
      ?.registerNamespace("urn:late")
      .addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: "A",
        nodeId: "s=A",
        dataType: "Int32",
      })
      .setValueFromSource({ dataType: DataType.Int32, value: 9 });
    await vi.waitFor(() => expect(rig.values(2)).toEqual([0, 9]), { timeout: 40_000 });
    expect(rig.sink.count("connected")).toBeGreaterThan(1);
  }, 50_000);
});
