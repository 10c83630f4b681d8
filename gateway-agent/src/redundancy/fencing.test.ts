import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBroker, type TestBroker } from "../../tests/broker.ts";
import { TestHost } from "../../tests/host.ts";
import { UplinkRig } from "../../tests/uplink-rig.ts";

const within = { timeout: 10_000, interval: 5 };
let broker: TestBroker;
let host: TestHost;
let rig: UplinkRig;

beforeEach(async () => {
  broker = await startBroker();
  host = await TestHost.start(broker.url);
  rig = new UplinkRig(broker.url);
});
afterEach(async () => {
  await rig.close();
  rig.remove();
  await host.stop();
  await broker.close();
});

test("[RE4] what goes out without the lease is history, even of a device that was not declared dead", async () => {
  rig.node.start();
  await vi.waitFor(() => expect(rig.node.state).toBe("online"), within);
  for (const [value, mayBeLive] of [
    [1, true],
    [2, false],
    [3, true],
  ] as const) {
    rig.mayBeLive = mayBeLive;
    rig.produce(value);
    await vi.waitFor(() => expect(host.samples.at(-1)?.value).toBe(value), within);
  }
  expect(host.samples.map(({ value, isHistorical }) => [value, isHistorical])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
});
