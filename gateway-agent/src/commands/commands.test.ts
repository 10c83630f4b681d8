import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CommandRig, ledgerEntriesMax } from "../../tests/command-rig.ts";
import { DriverError } from "../drivers/contract.ts";

let rig: CommandRig;
beforeEach(() => {
  rig = new CommandRig();
  rig.connect();
});
afterEach(() => rig.remove());

/** Another run on the same files. */
function restart(): void {
  rig.die();
  rig = new CommandRig({ dataDir: rig.dataDir, now: rig.now });
}

const fails = (code: DriverError["code"]) => () =>
  Promise.reject(new DriverError(`device plc: ${code}`, { device: "plc", code }));

describe("what is carried out", () => {
  test("[CM6] [CM7] scaled backwards, read back, published as a sample, and answered", async () => {
    rig.request({ id: "set-setpoint", value: 42.5, by: "shift-lead" });
    expect(await rig.result()).toEqual({
      id: "set-setpoint",
      signal: "unit/setpoint",
      outcome: "done",
      value: 42.5,
      endedAtMs: rig.now,
    });
    expect(rig.driver.written).toEqual([[0, 525]]);
    rig.outbox.flush();
    expect(rig.sampleOf(0)).toBe(42.5);
  });

  test("[CM7] a device that holds something else: differs, with what it holds", async () => {
    rig.driver.answer = () => 300;
    rig.request({ value: 42.5 });
    expect(await rig.result()).toMatchObject({ outcome: "differs", value: 20 });
  });

  test("[CM7] a device that cannot be read afterwards: unknown", async () => {
    rig.driver.answer = () => null;
    rig.request({});
    expect(await rig.result()).toMatchObject({ outcome: "unknown" });
  });

  test.for([
    ["a text", { signal: "unit/batch", value: "LOT-7" }, [3, "LOT-7"]],
    ["a bit", { signal: "unit/start", value: true }, [2, true]],
    ["a float32, as the device rounds it", { signal: "unit/speed", value: 0.1 }, [5, 0.1]],
    [
      "64 bits as digits",
      { signal: "unit/order", value: "18446744073709551615" },
      [6, 18_446_744_073_709_551_615n],
    ],
  ] as const)("[CM6] %s", async ([, request, written]) => {
    rig.driver.answer = (tag, value) => (tag === 5 ? Math.fround(Number(value)) : value);
    rig.request(request);
    expect(await rig.result()).toMatchObject({ outcome: "done" });
    expect(rig.driver.written).toEqual([written]);
  });

  test("[CM11] one at a time, in the order in which they came; the 17th that waits is refused", async () => {
    const answers: ((value: number) => void)[] = [];
    rig.driver.answer = () =>
      new Promise((resolve) => {
        answers.push(resolve);
      });
    for (let index = 0; index < 18; index += 1)
      rig.request({ id: `queued-${index}`, value: index });
    expect(await rig.result()).toMatchObject({ id: "queued-16", outcome: "refused", code: "busy" });
    for (let index = 0; index < 16; index += 1) {
      while (answers[index] === undefined) await Promise.resolve();
      expect(answers).toHaveLength(index + 1);
      answers[index]?.(100 + 10 * index);
      await rig.result(index + 2);
    }
    expect(rig.driver.written.map(([, raw]) => raw)).toEqual(
      Array.from({ length: 16 }, (_, index) => 100 + 10 * index),
    );
  });
});

describe("what is refused", () => {
  test.for<[string, { issuedAtMs?: number } & Record<string, unknown>, string, RegExp]>([
    ["[CM1] a tag without write", { signal: "unit/count", value: 0 }, "notAllowed", /"write"/],
    ["[CM1] an unknown signal", { signal: "unit/none" }, "unknownSignal", /unit\/none/],
    [
      "[CM1] above the limit",
      { value: 100.5 },
      "valueNotAllowed",
      /more than 100 \(allowed: 0 to 100\)/,
    ],
    ["[CM1] below the limit", { value: -0.2 }, "valueNotAllowed", /less than 0/],
    [
      "[CM1] not one of the values",
      { signal: "unit/recipe", value: 15 },
      "valueNotAllowed",
      /15 is not allowed \(allowed: 10, 20\)/,
    ],
    ["[CM6] no number", { value: "much" }, "valueNotAllowed", /"much" is no number for a uint16/],
    ["[CM6] no bit", { signal: "unit/start", value: 2 }, "valueNotAllowed", /not true or false/],
    [
      "[CM6] a long text",
      { signal: "unit/batch", value: "123456789" },
      "valueNotAllowed",
      /9 characters, of 8/,
    ],
    [
      "[CM6] a rounded 64-bit number",
      { signal: "unit/order", value: 2 ** 60 },
      "valueNotAllowed",
      /text of digits/,
    ],
    ["[CM4] one that is over", { issuedAtMs: -10_000 }, "expired", /until 2025-12-31T23:59:55/],
    ["[CM4] one from the future", { issuedAtMs: 61_000 }, "clock", /61000 ms ahead/],
    ["[CM9] one from before the ledger", { issuedAtMs: -3_600_001 }, "forgotten", /another id/],
    ["a field too many", { id: "with-more", speed: 1 }, "invalid", /[Uu]nrecognized/],
    [
      "an expectation of nothing",
      { id: "expects-nothing", expect: [{}] },
      "invalid",
      /expects nothing/,
    ],
  ])("%s", async ([, { issuedAtMs = 0, ...parts }, code, reason]) => {
    rig.request({ ...parts, issuedAtMs: rig.now + issuedAtMs });
    expect(await rig.result()).toMatchObject({
      outcome: "refused",
      code,
      reason: expect.stringMatching(reason),
    });
    expect(rig.driver.written).toEqual([]);
  });

  test("what has no id that can be answered is named in the log", () => {
    rig.request({ id: "x y z 1 2" });
    rig.dcmd({ name: "Command/Request", datatype: datatypes.String, value: "{" });
    expect(rig.refused.join("\n")).toMatch(/an id is 8 to 64 of.*\n.*no JSON/);
  });

  test("a device that is not connected", async () => {
    rig.link.lost(new DriverError("gone", { device: "plc", code: "closed" }));
    rig.request({});
    expect(await rig.result()).toMatchObject({ outcome: "refused", code: "notConnected" });
  });

  test("[CM4] a command whose time ends while it waits, also by a clock that is set back", async () => {
    let answer: (value: number) => void = () => undefined;
    rig.driver.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    rig.request({ id: "the-first" });
    rig.request({ id: "the-second", timeToLiveMs: 1000 });
    await expect.poll(() => rig.driver.written.length).toBe(1);
    rig.now -= 3_000_000;
    rig.real += 1001;
    answer(600);
    expect(await rig.result(1)).toMatchObject({ id: "the-second", code: "expired" });
    expect(rig.driver.written).toHaveLength(1);
  });

  test("[CM12] more than twenty at once are dropped and counted", () => {
    for (let index = 0; index < 30; index += 1) rig.request({ signal: "unit/count" });
    expect(rig.refused).toHaveLength(10);
    expect(rig.commands.figures().refused).toBe(20);
    rig.real += 1000;
    rig.request({ signal: "unit/count" });
    expect(rig.commands.figures().refused).toBe(21);
  });

  test("a DCMD to a device that is none, or that is no payload, harms nothing", () => {
    rig.commands.receive("other", Buffer.from("x"));
    rig.commands.receive("plc", Buffer.from("not Sparkplug"));
    expect(rig.refused.join("\n")).toMatch(/no such device\n.*no Sparkplug payload/);
  });
});

describe("[CM5] preconditions", () => {
  beforeEach(() => rig.connect([500, 10, false, "A", 7, 1.5, null]));

  test.for([
    { expected: [{ equals: 40 }] },
    {
      expected: [
        { signal: "unit/recipe", equals: 10 },
        { signal: "unit/start", equals: false },
      ],
    },
    { expected: [{ signal: "unit/speed", min: 1, max: 2 }] },
  ])("$expected is so", async ({ expected }) => {
    rig.request({ expect: expected });
    expect(await rig.result()).toMatchObject({ outcome: "done" });
  });

  test.for([
    { expected: { equals: 41 }, why: "unit/setpoint is 40, not 41" },
    { expected: { signal: "unit/speed", min: 2 }, why: "unit/speed is 1.5, not at least 2" },
    { expected: { signal: "unit/batch", equals: "B" }, why: "unit/batch is A, not B" },
    { expected: { signal: "unit/order", min: 0 }, why: "what unit/order holds is not known" },
    { expected: { signal: "unit/none", equals: 1 }, why: "what unit/none holds is not known" },
  ])("$expected is not: $why", async ({ expected, why }) => {
    rig.request({ expect: [{ equals: 40 }, expected] });
    expect(await rig.result()).toMatchObject({
      outcome: "refused",
      code: "precondition",
      reason: why,
    });
    expect(rig.driver.written).toEqual([]);
  });

  test("what was just written counts for the next command", async () => {
    rig.request({ id: "write-one", value: 50 });
    rig.request({ id: "write-two", value: 60, expect: [{ equals: 50 }] });
    expect(await rig.result(1)).toMatchObject({ id: "write-two", outcome: "done" });
  });
});

describe("never twice", () => {
  test("[CM2] the same id again is answered again, and not carried out", async () => {
    const issuedAtMs = rig.now;
    rig.request({ id: "only-once", issuedAtMs });
    const first = await rig.result();
    rig.now += 100;
    rig.request({ id: "only-once", issuedAtMs });
    expect(await rig.result(1)).toEqual(first);
    expect(rig.driver.written).toHaveLength(1);
  });

  test("[CM2] over a restart too", async () => {
    const issuedAtMs = rig.now;
    rig.request({ id: "only-once", issuedAtMs });
    const first = await rig.result();
    restart();
    rig.commands.resume();
    rig.connect();
    rig.request({ id: "only-once", issuedAtMs });
    expect(await rig.result()).toEqual(first);
    expect(rig.driver.written).toEqual([]);
  });

  test("[CM2] the same id with another content is refused", async () => {
    rig.request({ id: "only-once" });
    await rig.result();
    rig.request({ id: "only-once", value: 51 });
    expect(await rig.result(1)).toMatchObject({ outcome: "refused", code: "idInUse" });
  });

  test("[CM3] interrupted while the device was asked: unknown, and never repeated; what waited was not begun", async () => {
    rig.driver.answer = () => new Promise(() => undefined);
    const issuedAtMs = rig.now;
    rig.request({ id: "in-the-air", issuedAtMs });
    rig.request({ id: "behind-it", issuedAtMs });
    await expect.poll(() => rig.driver.written.length).toBe(1);
    restart();
    rig.commands.resume();
    rig.connect();
    expect(await rig.result(0)).toMatchObject({ id: "in-the-air", outcome: "unknown" });
    expect(await rig.result(1)).toMatchObject({ id: "behind-it", code: "notStarted" });
    rig.request({ id: "in-the-air", issuedAtMs });
    expect(await rig.result(2)).toMatchObject({ id: "in-the-air", outcome: "unknown" });
    expect(rig.driver.written).toEqual([]);
    restart();
    rig.commands.resume();
    rig.outbox.flush();
    expect(rig.results).toEqual([]);
  });

  test.for([
    ["unreachable", "failed"],
    ["refused", "failed"],
    ["unusable", "failed"],
    ["tooLate", "refused"],
    ["timeout", "unknown"],
    ["closed", "unknown"],
    ["malformed", "unknown"],
  ] as const)("[CM3] a driver that says %s: %s, and one attempt", async ([code, outcome]) => {
    rig.driver.answer = fails(code);
    rig.request({});
    expect(await rig.result()).toMatchObject({ outcome });
    expect(rig.driver.written).toHaveLength(1);
  });

  test("[CM9] the ledger is bounded, and what it has forgotten is refused", async () => {
    const request = { signal: "unit/setpoint", value: 1, timeToLiveMs: 1000 };
    const result = { signal: "unit/setpoint", outcome: "done" as const, endedAtMs: 0 };
    for (let index = 0; index < ledgerEntriesMax + 5; index += 1) {
      const id = `old-command-${index}`;
      const issuedAtMs = rig.now - 20_000 + index;
      rig.ledger.receive({
        device: "plc",
        request: { id, ...request, issuedAtMs },
        fingerprint: "",
        receivedAtMs: issuedAtMs,
      });
      rig.ledger.end(id, { id, ...result });
      rig.ledger.reported(id);
    }
    expect(rig.ledger.latest(20_000)).toHaveLength(ledgerEntriesMax);
    rig.request({ id: "old-command-2", issuedAtMs: rig.now - 20_000 + 2, timeToLiveMs: 60_000 });
    expect(await rig.result()).toMatchObject({ outcome: "refused", code: "forgotten" });
    rig.request({ id: "another-one", issuedAtMs: rig.now - 20_000 + 6, timeToLiveMs: 60_000 });
    expect(await rig.result(1)).toMatchObject({ outcome: "done" });
  });
});

describe("[CM10] a plain DCMD", () => {
  test("by name", async () => {
    rig.dcmd({ name: "unit/setpoint", datatype: datatypes.Double, value: 25 });
    expect(await rig.result()).toMatchObject({
      signal: "unit/setpoint",
      outcome: "done",
      value: 25,
    });
    expect(rig.driver.written).toEqual([[0, 350]]);
  });

  test("by alias, without a datatype; several in one message, in their order", async () => {
    const signals = rig.link.birth().signals;
    const alias = (index: number) => signals[index]?.alias ?? 0;
    rig.dcmd(
      { alias: alias(1), datatype: datatypes.Int32, value: 20 },
      { alias: alias(2), datatype: datatypes.Boolean, value: true },
    );
    expect(await rig.result(1)).toMatchObject({ signal: "unit/start", outcome: "done" });
    expect(rig.driver.written).toEqual([
      [1, 20],
      [2, true],
    ]);
  });

  test("a second copy is not carried out, the same value later is", async () => {
    const metric = { name: "unit/recipe", datatype: datatypes.Int16, value: 20 };
    rig.dcmd(metric);
    rig.dcmd(metric);
    await rig.result();
    rig.dcmd(metric);
    expect(await rig.result(1)).toEqual(await rig.result());
    expect(rig.driver.written).toHaveLength(1);
    rig.now += 1;
    rig.dcmd(metric);
    expect(await rig.result(2)).toMatchObject({ outcome: "done" });
    expect(rig.driver.written).toHaveLength(2);
  });

  test("lives for thirty seconds", async () => {
    const metric = { name: "unit/recipe", datatype: datatypes.Int16, value: 20 };
    rig.dcmd({ ...metric, timestampMs: rig.now - 30_001 });
    expect(await rig.result()).toMatchObject({ outcome: "refused", code: "expired" });
  });

  test("is refused where the map does not allow it, and an alias that is another's name is", async () => {
    const [first] = rig.link.birth().signals;
    rig.dcmd({ name: "unit/count", datatype: datatypes.UInt32, value: 0 });
    expect(await rig.result()).toMatchObject({ outcome: "refused", code: "notAllowed" });
    rig.dcmd({ name: "unit/speed", alias: first?.alias ?? 0, datatype: datatypes.Float, value: 1 });
    expect(rig.refused.at(-1)).toMatch(/alias \d+ is unit\/setpoint, not unit\/speed/);
    expect(rig.driver.written).toEqual([]);
  });
});

test("a birth declares both metrics, and what may be written; a device without such tags does not", async () => {
  rig.request({});
  const result = await rig.result();
  const { more = [], signals } = rig.link.birth();
  expect(more.map(({ name, value }) => [name, value])).toEqual([
    ["Command/Request", null],
    ["Command/Result", JSON.stringify(result)],
  ]);
  expect(signals.map(({ write }) => write)).toEqual([
    { min: 0, max: 100 },
    { values: [10, 20] },
    {},
    {},
    undefined,
    { min: 0, max: 10 },
    expect.anything(),
  ]);
});
