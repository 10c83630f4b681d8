import { afterEach, beforeEach, expect, test } from "vitest";
import type { Gateway } from "@only-mes/protocols/console/http";
import { until } from "../src/until.ts";
import { RedundantPair, members, type Member } from "./redundant-pair.ts";

let pair: RedundantPair;

beforeEach(async () => {
  pair = await RedundantPair.start();
}, 60_000);
afterEach(() => pair.stop(), 60_000);

const withAnother = (text: string, name: string, address: number) =>
  `${text}      - { signal: press/${name}, address: "holding:${address}", type: uint16 }\n`;

const inForce = (member: Member, revision: number) =>
  until(`revision ${revision} at ${member}`, 30_000, async () => {
    const { map } = await pair.status(member);
    return map.revision === revision ? map : undefined;
  });

const said = (member: Member, revision: number) =>
  until(`${member} tells of revision ${revision}`, 30_000, async () => {
    const { items } = (await pair.api("GET", "/gateways")).body as { items: Gateway[] };
    const found = items[0]?.members.find((one) => one.member === member);
    return found?.outcome?.revision === revision ? found : undefined;
  });

const put = (text: string) => pair.api("PUT", "/gateways/works/edge-1/map", { text });

test("a map goes from the server to every member, outlives their restarts, stands above the file, and is reverted", async () => {
  await pair.startGateway("edge-1-a");
  await pair.startGateway("edge-1-b");
  await pair.has("edge-1-a", "active");
  await pair.has("edge-1-b", "standby");
  await pair.observed();
  pair.count();
  await pair.counted(() => 20);
  const { epoch } = await pair.status("edge-1-a");

  const first = withAnother(pair.mapText, "heat", 4);
  expect(await put(first)).toMatchObject({ status: 200, body: { revision: 1 } });
  for (const member of members) {
    const { changed, origin } = await inForce(member, 1);
    expect([origin, changed?.diff]).toEqual(["deployed", ["~ device plc", "  + press/heat"]]);
    expect((await said(member, 1)).outcome?.result).toBe("applied");
  }

  expect(await put(withAnother(first, "load", 5))).toMatchObject({ body: { revision: 2 } });
  await inForce("edge-1-a", 2);
  await inForce("edge-1-b", 2);

  // A member that was away gets the newest when it comes; one that comes again begins with it.
  await pair.kill("edge-1-b");
  const revert = { revision: 1 };
  expect(await pair.api("POST", "/gateways/works/edge-1/map/revert", revert)).toMatchObject({
    body: { revision: 3, diff: ["~ device plc", "  - press/load"] },
  });
  await inForce("edge-1-a", 3);
  await pair.startGateway("edge-1-b");
  await inForce("edge-1-b", 3);
  await pair.kill("edge-1-b");
  await pair.startGateway("edge-1-b");
  expect((await pair.status("edge-1-b")).map).toMatchObject({ revision: 3, changed: null });

  // The file is not in force any more.
  pair.writeMap(pair.mapText.replace("name: Press", "name: Old"));
  expect((await pair.status("edge-1-a")).map.revision).toBe(3);

  pair.stopCounting();
  await pair.counted(() => pair.total);
  await pair.drained();
  const status = await pair.status("edge-1-a");
  expect([status.epoch, status.uplink.sessions]).toEqual([epoch, 1]);
  expect(await pair.counts()).toMatchObject({ good: pair.total, resets: 0, quarantined: 0 });
}, 240_000);

test("a gateway refuses what only it can know, the server tells why, and the old map reads on", async () => {
  await pair.startGateway("edge-1-a");
  await pair.has("edge-1-a", "active");
  await pair.observed();
  pair.count();
  await pair.counted(() => 20);
  expect(await put(pair.mapText.replace("leaseMs: 3000", "leaseMs: 4000"))).toMatchObject({
    status: 200,
  });
  const { outcome, revision } = await said("edge-1-a", 1);
  expect(revision).toBeNull();
  expect(outcome?.result).toBe("refused");
  expect(outcome?.problems[0]).toMatch(/revision-1:5:\d+ redundancy: .* restart of the gateway/);
  const seen = pair.total;
  await pair.counted(() => seen + 20);
  expect((await pair.status("edge-1-a")).map).toMatchObject({ origin: "file", changed: null });
}, 240_000);
