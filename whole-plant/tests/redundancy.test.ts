import { decodePayload } from "@only-mes/protocols/sparkplug/payload";
import { connectAsync } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWire } from "../../gateway-agent/tests/wire.ts";
import { piecesPerState, RedundantPair, members, type Member } from "./redundant-pair.ts";

let pair: RedundantPair;

beforeEach(async () => {
  pair = await RedundantPair.start();
}, 60_000);
afterEach(() => pair.stop(), 60_000);

async function startBoth(): Promise<void> {
  await pair.startGateway("edge-1-a");
  await pair.has("edge-1-a", "active");
  await pair.startGateway("edge-1-b");
  await pair.has("edge-1-b", "standby");
  await pair.observed();
}

/** All that the PLC counted is counted, once, and nothing looked odd on the way. */
async function expectTheTruth(): Promise<void> {
  pair.stopCounting();
  await pair.counted(() => pair.total);
  await pair.drained();
  expect(await pair.counts()).toMatchObject({
    good: pair.total,
    rollovers: 0,
    resets: 0,
    quarantined: 0,
  });
}

describe("two gateways with one map", () => {
  test("[RE7] kill -9 of the active one, again and again: the other takes over, and totals are the PLC's", async () => {
    await startBoth();
    pair.count();
    expect((await pair.status("edge-1-b")).produced).toEqual({ messages: 0, samples: 0 });
    let [active, standby]: [Member, Member] = ["edge-1-a", "edge-1-b"];
    for (let round = 0; round < 3; round += 1) {
      const before = pair.total;
      await pair.counted(() => before);
      await pair.kill(active);
      const killedAt = performance.now();
      await pair.has(standby, "active");
      const tookMs = Math.round(performance.now() - killedAt);
      process.stdout.write(`takeover ${round + 1}: active ${tookMs} ms after kill -9\n`);
      await pair.startGateway(active);
      await pair.has(active, "standby");
      [active, standby] = [standby, active];
    }
    await expectTheTruth();
    expect((await pair.status(active)).redundancy?.term).toBeGreaterThanOrEqual(4);
    // Not one state of the machine was missed, nor is any time unknown.
    const changes = Math.floor(pair.total / piecesPerState);
    const seen = (await pair.states()).filter((state, at) => at > 0 || state !== "Unknown");
    expect(seen).toEqual(
      Array.from({ length: changes + 1 }, (_, at) => (at % 2 === 0 ? "Execute" : "Held")),
    );
  }, 240_000);

  test("[RE9] one that ends as asked gives the lease back, and takes nothing with it", async () => {
    await startBoth();
    pair.count();
    await pair.counted(() => 100);
    await pair.stopGateway("edge-1-a");
    await pair.has("edge-1-b", "active");
    await pair.startGateway("edge-1-a");
    await pair.has("edge-1-a", "standby");
    await expectTheTruth();
    expect((await pair.status("edge-1-a")).redundancy).toMatchObject({ holder: "edge-1-b" });
  }, 240_000);

  test("[RE4] one that was stopped for a while does not speak as the present when it goes on", async () => {
    await startBoth();
    pair.count();
    await pair.counted(() => 50);
    pair.signal("edge-1-a", "SIGSTOP");
    await pair.has("edge-1-b", "active");
    const ear = await connectAsync(pair.mqtt);
    const live: number[] = [];
    ear.on("message", (_, bytes) => {
      const { metrics } = decodePayload(bytes);
      // Beside the samples each message carries its place in the outbox, which is never history.
      live.push(metrics.slice(2).filter(({ isHistorical }) => isHistorical !== true).length);
    });
    await ear.subscribeAsync("spBv1.0/works/DDATA/edge-1-a/plc", { qos: 1 });
    pair.signal("edge-1-a", "SIGCONT");
    await pair.has("edge-1-a", "standby");
    await expectTheTruth();
    await ear.endAsync();
    expect(live.filter((count) => count > 0)).toEqual([]);
  }, 240_000);

  test("[RE1] [RE5] one that only loses the broker goes on recording beside the other: still each piece counts once", async () => {
    const wire = await startWire({ port: Number(new URL(pair.mqtt).port) });
    await pair.startGateway("edge-1-a", `mqtt://127.0.0.1:${wire.port}`);
    await pair.has("edge-1-a", "active");
    await pair.startGateway("edge-1-b");
    await pair.has("edge-1-b", "standby");
    await pair.observed();
    pair.count();
    await pair.counted(() => 50);
    await wire.unplug();
    await pair.has("edge-1-a", "unconfirmed");
    await pair.has("edge-1-b", "active");
    const { produced } = await pair.status("edge-1-a");
    const seen = pair.total;
    await pair.counted(() => seen + 200);
    expect((await pair.status("edge-1-a")).produced.messages).toBeGreaterThan(produced.messages);
    await wire.plug();
    await pair.has("edge-1-a", "standby");
    await expectTheTruth();
    await pair.stopGateway("edge-1-a");
    await wire.close();
  }, 240_000);

  test("[RE6] while the server is away the active one goes on recording, and goes on being active", async () => {
    await startBoth();
    pair.count();
    await pair.counted(() => 50);
    const ofStandby = (await pair.status("edge-1-b")).produced;
    await pair.stopServer();
    await pair.has("edge-1-a", "unconfirmed");
    const { produced } = await pair.status("edge-1-a");
    const seen = pair.total;
    await pair.startServer();
    await pair.has("edge-1-a", "active");
    expect((await pair.status("edge-1-a")).produced.messages).toBeGreaterThan(produced.messages);
    expect((await pair.status("edge-1-b")).produced).toEqual(ofStandby);
    await pair.has("edge-1-b", "standby");
    await pair.counted(() => seen);
    await expectTheTruth();
    for (const member of members) {
      expect((await pair.status(member)).redundancy).toMatchObject({ holder: "edge-1-a", term: 1 });
    }
  }, 240_000);
});
