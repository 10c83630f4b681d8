import { opcuaDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { expect, test } from "vitest";
import { nodeIdIn, opcuaPoints } from "./address.ts";
import { planItems, planSubscription } from "./plan.ts";

const device = (tags: object[]) =>
  opcuaDevice.parse({
    id: "plc",
    driver: "opcua",
    endpoint: "opc.tcp://127.0.0.1:4840",
    line: "line",
    tags: tags.map((tag, index) => ({ signal: `unit/s${index}`, address: "ns=2;s=A", ...tag })),
  });

const fast = plantClock({ realOriginMs: 0, plantOriginMs: 0, speed: 60 });

test("items of one period are created together, as many as the server takes", () => {
  const many = device(
    Array.from({ length: 250 }, (_, at) => ({
      periodMs: at < 5 ? 250 : 1000,
      address: `ns=2;i=${at}`,
    })),
  );
  const batches = planItems(opcuaPoints(many), plantClock(), 100);
  expect(batches.map(({ samplingMs, items }) => [samplingMs, items.length])).toEqual([
    [250, 5],
    [1000, 100],
    [1000, 100],
    [1000, 45],
  ]);
});

test("in a plant that runs faster, no state is passed over, and nothing else costs more for it", () => {
  const of = device([
    { role: "machineState", states: { "1": "Held" }, periodMs: 250 },
    { periodMs: 250 },
  ]);
  const samplings = (clock: typeof fast) =>
    planItems(opcuaPoints(of), clock).map((batch) => batch.samplingMs);
  expect(samplings(fast)).toEqual([0, 20]);
  expect(samplings(plantClock())).toEqual([250]);
});

test("the server is heard at least every second, whatever the publishing interval", () => {
  for (const clock of [plantClock(), fast]) {
    const { publishingMs, keepAliveCount, silenceMaxMs } = planSubscription(device([{}]), clock);
    expect(publishingMs * keepAliveCount).toBeLessThanOrEqual(1000);
    expect(silenceMaxMs).toBeLessThan(3000);
  }
});

test("a NodeId is built with the index that the URI has in this session", () => {
  const [point] = opcuaPoints(device([{ address: "nsu=urn:b;s=A.B" }]));
  expect(point && nodeIdIn(["http://opcfoundation.org/UA/", "urn:a", "urn:b"], point.address)).toBe(
    "ns=2;s=A.B",
  );
  expect(point && nodeIdIn(["urn:a"], point.address)).toBeUndefined();
});

test("a deadband is asked of the server as the device has the value, unless others follow from it", () => {
  const asked = (tag: object, derived: object[] = []) => {
    const of = opcuaDevice.parse({ ...device([tag]), derived });
    return planItems(opcuaPoints(of), plantClock())[0]?.items[0]?.settings.deadband;
  };
  expect(asked({ deadband: 1 })?.value).toBeCloseTo(1, 5);
  expect(asked({ deadband: 1 })?.value).toBeLessThan(1);
  expect(asked({ deadband: 1, scale: { factor: -0.5 } })?.value).toBeCloseTo(2, 5);
  const ranges = { from: [0, 100], to: [0, 10] };
  expect(asked({ deadband: 1, scale: ranges })?.value).toBeCloseTo(10, 4);
  expect(asked({ deadband: "5%" })).toBeUndefined();
  expect(asked({ deadband: 1, item: { deadband: 0 } })).toBeUndefined();
  expect(asked({ deadband: 1, item: { deadband: "5%" } })).toEqual({ kind: "percent", value: 5 });
  expect(asked({ deadband: 1, role: "goodCount" })).toBeUndefined();
  const derived = [{ signal: "unit/d", expression: "a * 2", inputs: { a: "unit/s0" } }];
  expect(asked({ deadband: 1 }, derived)).toBeUndefined();
});

test("parts of one value share an item, and fields of the same events too", () => {
  const of = device([
    { address: "ns=2;s=A#[0]" },
    { address: "ns=2;s=A#[1]" },
    { address: "ns=2;s=A", periodMs: 250 },
    { address: "ns=2;s=M", event: {} },
    { address: "ns=2;s=M", event: { field: "Severity" } },
    { address: "ns=2;s=M", event: { severityMin: 5 } },
    { address: "ns=2;s=Do", method: "ns=2;s=M" },
  ]);
  const items = planItems(opcuaPoints(of), plantClock()).flatMap((batch) => batch.items);
  expect(items.map(({ points }) => points.map(({ tag }) => tag))).toEqual([
    [0, 1],
    [2],
    [3, 4],
    [5],
  ]);
});
