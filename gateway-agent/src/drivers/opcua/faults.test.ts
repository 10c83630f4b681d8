import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { randomFor, wholeIn } from "@only-mes/simulators/clock/random";
import { startOpcuaPlc, type OpcuaPlc } from "../../../tests/opcua-plc.ts";
import { at, OpcuaRig } from "../../../tests/opcua-rig.ts";
import { startWire } from "../../../tests/wire.ts";

const patient = { timeout: 20_000, interval: 5 };

/**
 * What becomes of a connection when the way or the server fails. Values must be right afterwards, and
 * none may come that nobody set; how long it took is printed, for it depends on the machine.
 */
describe.for(["subscribe", "poll"])("OPC UA in trouble (%s)", (mode) => {
  let rig: OpcuaRig;
  let plc: OpcuaPlc;
  const set: [number, string, boolean][] = [];

  beforeEach(async () => {
    rig = await OpcuaRig.make();
    plc = await rig.plc({
      variables: {
        Number: { type: "Int32", value: 0 },
        Text: { type: "String", value: "" },
        Bit: { type: "Boolean", value: false },
      },
    });
    set.length = 0;
    put(plc, 1);
    rig.drive(
      plc.endpoint,
      ["Number", "Text", "Bit"].map((name) => ({ address: at(name) })),
      { mode, timeoutMs: 200 },
    );
    await rig.connected();
  });
  afterEach(async () => {
    plc.wire.mangle(undefined);
    plc.wire.blackHole(false);
    await rig.end();
  });

  /** One picture of the plant after another, all of its own. */
  const put = (server: OpcuaPlc, step: number) => {
    const picture = [step * 7, `step ${step}`, step % 2 === 0] as [number, string, boolean];
    set.push(picture);
    server.set("Number", picture[0]);
    server.set("Text", picture[1]);
    server.set("Bit", picture[2]);
  };
  const shows = (step: number) =>
    vi.waitFor(
      () => expect(rig.values(3)).toEqual([step * 7, `step ${step}`, step % 2 === 0]),
      patient,
    );
  /** Every value that ever came is one that was set, of its own tag. */
  const foreign = () => {
    const allowed = [0, 1, 2].map((tag) => new Set<unknown>([null, ...set.map((one) => one[tag])]));
    return rig.sink.events.flatMap((event) =>
      event.kind === "readings" || event.kind === "connected"
        ? event.readings.filter(({ tag, value }) => allowed[tag]?.has(value) !== true)
        : [],
    );
  };
  const timed = async (what: string, recovered: () => Promise<unknown>) => {
    const from = performance.now();
    await recovered();
    const ms = Math.round(performance.now() - from);
    process.stderr.write(`opcua, ${mode}: ${what}: right again after ${ms} ms\n`);
  };

  test("resets, one after another", async () => {
    for (let step = 2; step < 5; step += 1) {
      plc.wire.reset();
      put(plc, step);
      await timed("connection reset", () => shows(step));
    }
    expect(foreign()).toEqual([]);
  });

  test("half-open: the server is there, and nothing passes", async () => {
    plc.wire.blackHole(true);
    await timed("half-open, noticed", () =>
      vi.waitFor(() => expect(rig.sink.count("lost")).toBe(1), patient),
    );
    put(plc, 2);
    plc.wire.blackHole(false);
    await timed("half-open, over", () => shows(2));
    expect(foreign()).toEqual([]);
  });

  test("the cable is pulled through many attempts, and put back", async () => {
    await plc.wire.unplug();
    await vi.waitFor(() => expect(rig.sink.count("failed")).toBeGreaterThan(3), patient);
    put(plc, 2);
    await plc.wire.plug();
    await timed("cable put back", () => shows(2));
    expect(foreign()).toEqual([]);
  });

  test("every third answer is lost on the way", async () => {
    let answers = 0;
    plc.wire.mangle((chunk) => (++answers % 3 === 0 ? [] : [chunk]));
    put(plc, 2);
    await vi.waitFor(() => expect(rig.sink.errors().length).toBeGreaterThan(0), patient);
    plc.wire.mangle(undefined);
    await timed("every third answer lost, over", () => shows(2));
    expect(foreign()).toEqual([]);
  });

  test("answers with the number of another request reach nobody", async () => {
    plc.wire.mangle((chunk) => [ofAnotherRequest(chunk)]);
    put(plc, 2);
    await vi.waitFor(() => expect(rig.sink.errors().length).toBeGreaterThan(0), patient);
    put(plc, 3);
    plc.wire.mangle(undefined);
    await timed("wrong numbers, over", () => shows(3));
    expect(foreign()).toEqual([]);
  });

  test("answers come so late that nobody waits for them", async () => {
    const held: Buffer[] = [];
    plc.wire.mangle((chunk) => {
      held.push(chunk);
      return [];
    });
    await vi.waitFor(() => expect(rig.sink.count("lost")).toBe(1), patient);
    put(plc, 2);
    // Behind the handshake of the next connection: before it, no TCP would carry them.
    plc.wire.mangle((chunk) => (isAnswer(chunk) ? [...held.splice(0), chunk] : [chunk]));
    await vi.waitFor(() => expect(held).toEqual([]), patient);
    plc.wire.mangle(undefined);
    await timed("late answers, over", () => shows(2));
    expect(foreign()).toEqual([]);
  });

  test("bytes are flipped on the way: it goes on", async () => {
    const random = randomFor(11, "flips");
    const flipped = { count: 0 };
    plc.wire.mangle((chunk) => {
      // On impossible limits node-opcua asserts outside of any call.
      if (!isAnswer(chunk)) return [chunk];
      const broken = Buffer.from(chunk);
      // The header with the length stays: a stream out of step is what `reset` tries.
      const place = wholeIn(random, [8, Math.max(8, broken.length - 1)]);
      if (place < broken.length && wholeIn(random, [0, 2]) === 0) {
        broken[place] = (broken[place] ?? 0) ^ (1 << wholeIn(random, [0, 7]));
        flipped.count += 1;
      }
      return [broken];
    });
    for (let step = 2; flipped.count < 8; step += 1) {
      const before = flipped.count;
      put(plc, step);
      await vi.waitFor(() => expect(flipped.count).toBeGreaterThan(before), patient);
    }
    plc.wire.mangle(undefined);
    put(plc, 100);
    await timed("flipped bytes, over", () => shows(100));
  });

  test("the server is restarted with moved namespace indexes", async () => {
    await plc.wire.unplug();
    const moved = await startOpcuaPlc({
      variables: {
        Other: { type: "Int32", value: 999 },
        Number: { type: "Int32", value: 0 },
        Text: { type: "String", value: "" },
        Bit: { type: "Boolean", value: false },
      },
      namespacesBefore: ["urn:new:1", "urn:new:2"],
    });
    put(moved, 2);
    const sameAddress = await startWire({ port: moved.wire.port }, plc.wire.port);
    await timed("restarted with moved indexes", () => shows(2));
    put(moved, 3);
    await shows(3);
    expect(foreign()).toEqual([]);
    await rig.stopDriver();
    await sameAddress.close();
    await moved.close();
  });
});

/** The number of the request stands after the two of the channel and the one before it (Part 6, 6.7.2). */
function ofAnotherRequest(chunk: Buffer): Buffer {
  if (!chunk.toString("latin1", 0, 3).startsWith("MSG") || chunk.length < 24) return chunk;
  const broken = Buffer.from(chunk);
  broken.writeUInt32LE(broken.readUInt32LE(20) + 1000, 20);
  return broken;
}

/** Of a channel or a service: the handshake of its connection is over (OPC 10000-6, 7.1.2 and 6.7.2). */
function isAnswer(chunk: Buffer): boolean {
  return ["OPN", "MSG"].includes(chunk.toString("latin1", 0, 3));
}
