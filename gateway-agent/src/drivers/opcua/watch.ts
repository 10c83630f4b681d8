import { setTimeout as delay } from "node:timers/promises";
import { StatusCodes, type DataValue } from "node-opcua-client";
import type { OpcuaNode } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import { DriverError, type DriverOptions, type Reading } from "../contract.ts";
import { nodeIdIn, type OpcuaPoint } from "./address.ts";
import { monitorItems, noNamespace, unmonitorable } from "./monitor-items.ts";
import type { ItemNews } from "./notifications.ts";
import {
  nodesOf,
  planItems,
  planPolls,
  type PlannedItem,
  type PollGroup,
  type PolledNode,
  type SubscriptionPlan,
} from "./plan.ts";
import { poll } from "./poll.ts";
import { limitsOf, type ServerLimits } from "./profiles.ts";
import type { OpcuaReadings } from "./readings.ts";
import { readNamespaces, readServerFacts } from "./server-facts.ts";
import { faultOf, RequestSize } from "./service-faults.ts";
import type { OpcuaSession } from "./session.ts";
import { valueTypeOf } from "./values.ts";

/** How long items that the server refused are left alone, in milliseconds of this machine. */
const refusedRetryMs = 30_000;
/** How often a server is asked whether its namespaces are as they were. */
const namespacesEveryMs = 5000;

const nodeIsUnknown: ReadonlySet<string> = new Set([
  StatusCodes.BadNodeIdUnknown.name,
  StatusCodes.BadNodeIdInvalid.name,
]);

export interface WatchOptions extends Pick<
  DriverOptions<OpcuaDevice>,
  "device" | "clock" | "sink" | "random"
> {
  readonly session: OpcuaSession;
  readonly points: readonly OpcuaPoint[];
  readonly readings: OpcuaReadings;
  readonly plan: SubscriptionPlan;
  /** Nodes of which the server is known to take no filter; it outlives the session. */
  readonly unfiltered: Set<string>;
  readonly signal: AbortSignal;
  /** The server was heard. */
  readonly alive: () => void;
}

/** How the tags of one device are followed during one session: monitored, or polled where that cannot be. */
export class OpcuaWatch {
  readonly #options: WatchOptions;
  #namespaces: readonly string[] = [];
  #limits: ServerLimits | undefined;
  #readSize = new RequestSize(1);
  #polled: OpcuaPoint[] = [];
  /** How often a subscription speaks, if there is one. */
  #keepAliveMs: number | undefined;
  #hasBegun = false;
  #groups: readonly PollGroup[] = [];
  #refused: readonly PlannedItem[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Silence after which the server counts as lost: a subscription speaks by itself, a poll when it is asked. */
  get silenceMaxMs(): number {
    const { silenceMaxMs } = this.#options.plan;
    if (this.#keepAliveMs !== undefined) return Math.max(silenceMaxMs, this.#keepAliveMs * 2.5);
    const askedEveryMs = this.#groups.map(({ intervalMs }) => intervalMs);
    return silenceMaxMs + Math.min(namespacesEveryMs, ...askedEveryMs);
  }

  /** In this session; `undefined` if the server has no such namespace. */
  nodeId(node: OpcuaNode): string | undefined {
    return nodeIdIn(this.#namespaces, node);
  }

  /** Reads all, learns all types, and monitors what can be. @returns the first values. */
  async begin(): Promise<{ readings: Reading[]; observedMs: number }> {
    const { session, device, clock, points, readings } = this.#options;
    const facts = await readServerFacts(session);
    this.#namespaces = facts.namespaces;
    this.#limits = limitsOf(facts, {
      profile: device.profile,
      maxNodesPerRequest: device.maxNodesPerRequest,
    });
    this.#readSize = new RequestSize(this.#limits.nodesPerRead);
    readings.begin();
    const observedMs = clock.now();
    const readable = points.filter(({ source }) => source.kind === "value");
    const { answers, unnamed } = await this.#read(nodesOf(readable));
    this.#demandOne(answers, unnamed);
    for (const [point, dataValue] of pairsOf(answers)) await this.#learnType(point, dataValue);
    await this.#monitorAll();
    this.#groups = planPolls(this.#polled, clock);
    const first = pairsOf(answers).map(([point, dataValue]) => {
      const reading = readings.changed(point, dataValue, observedMs);
      return reading ?? readings.of(point, dataValue, observedMs);
    });
    this.#hasBegun = true;
    const missing = unnamed.map((point) => this.#unnamed(point, observedMs));
    return { readings: [...first, ...missing], observedMs };
  }

  /** Polls what is polled, and looks after the rest; ends by an error only. */
  async goOn(): Promise<never> {
    const read = async (nodes: readonly PolledNode[]) => pairsOf((await this.#read(nodes)).answers);
    const polls = this.#groups.map((group) => poll(group, { ...this.#options, read }));
    const endless = [this.#upkeep(), this.#retryRefused(), ...polls];
    return await Promise.race(endless);
  }

  /** What the subscription brought. */
  heard(news: readonly ItemNews<PlannedItem>[]): void {
    const { device, clock, sink, readings } = this.#options;
    const observedMs = clock.now();
    const lostBefore = readings.overflows;
    sink.answered(0);
    const fresh: Reading[] = [];
    for (const one of news) {
      if ("eventFields" in one) {
        fresh.push(...readings.ofEvent(one.item, one.eventFields, observedMs));
        continue;
      }
      for (const point of one.item.points) {
        const isWhole = point.address.path.length === 0;
        const reading = isWhole
          ? readings.of(point, one.dataValue, observedMs)
          : readings.changed(point, one.dataValue, observedMs);
        if (reading !== undefined) fresh.push(reading);
      }
    }
    sink.readings(fresh, observedMs);
    // A subscription tells changes: what was due is what came, and what overflowed on the way.
    sink.turned?.({
      periodMs: device.publishingIntervalMs,
      intervalMs: clock.realDelayMs(device.publishingIntervalMs),
      lateMs: 0,
      roundTripMs: null,
      scheduled: fresh.length + readings.overflows - lostBefore,
      delivered: fresh.length,
      missedTurns: 0,
    });
  }

  async #read(
    nodes: readonly PolledNode[],
  ): Promise<{ answers: [PolledNode, DataValue][]; unnamed: OpcuaPoint[] }> {
    const named: { node: PolledNode; nodeId: string }[] = [];
    const unnamed: OpcuaPoint[] = [];
    for (const node of nodes) {
      const [point] = node.points;
      const nodeId = point && this.nodeId(point.address);
      if (nodeId === undefined) unnamed.push(...node.points);
      else named.push({ node, nodeId });
    }
    const values = await this.#readSize.inRequests(named, async (batch) => {
      const answers = await this.#options.session.read(batch.map(({ nodeId }) => nodeId));
      this.#answered();
      return answers;
    });
    const answers = values.flatMap((value, index): [PolledNode, DataValue][] => {
      const one = named[index];
      return one === undefined ? [] : [[one.node, value]];
    });
    return { answers, unnamed };
  }

  /** A server that has none of the nodes is not the one that the map means, or not all of it yet. */
  #demandOne(answers: readonly [PolledNode, DataValue][], unnamed: readonly OpcuaPoint[]): void {
    const isUnknown = ([, { statusCode }]: [PolledNode, DataValue]) =>
      nodeIsUnknown.has(statusCode.name);
    const count = answers.length + unnamed.length;
    if (count === 0 || !answers.every((answer) => isUnknown(answer))) return;
    const [point] = unnamed;
    const why = point
      ? `no namespace of ${point.text}`
      : `BadNodeIdUnknown for ${answers[0]?.[0].points[0]?.text ?? ""}`;
    throw new Error(`the server has none of the ${count} nodes of the map (${why})`);
  }

  async #learnType(point: OpcuaPoint, dataValue: DataValue): Promise<void> {
    const { readings, session } = this.#options;
    if (point.type !== undefined) return;
    const told = readings.typeIn(dataValue, point.address.path);
    if (told !== undefined) {
      readings.types[point.tag] = told;
      return;
    }
    const nodeId = this.nodeId(point.address);
    if (nodeId === undefined || point.address.path.length > 0) return;
    const dataType = await session.builtInType(nodeId);
    this.#answered();
    readings.types[point.tag] = dataType === undefined ? undefined : valueTypeOf(dataType);
  }

  async #monitorAll(): Promise<void> {
    const { device, session, plan, points, clock } = this.#options;
    const limits = this.#limits;
    if (device.mode === "poll" || limits === undefined) {
      this.#polled = [...points];
      return;
    }
    try {
      const { publishingMs, keepAliveMs } = await session.subscribe(plan);
      this.#keepAliveMs = keepAliveMs;
      if (publishingMs > plan.publishingMs * 1.5 + 100) {
        this.#note(`publishes every ${publishingMs} ms, more rarely than asked`);
      }
    } catch (error) {
      const fault = faultOf(error);
      if (device.mode === "subscribe" || !unmonitorable.has(fault)) throw error;
      this.#note(`answered ${fault} to a subscription: all of it is polled`);
      this.#polled = [...points];
      return;
    }
    const items = planItems(points, clock, Number.MAX_SAFE_INTEGER).flatMap((one) => one.items);
    const beyond = items.slice(limits.profile.itemsMax);
    if (beyond.length > 0) {
      this.#note(`bears ${limits.profile.itemsMax} items: ${beyond.length} more are polled`);
    }
    this.#polled = beyond.flatMap((item) => item.points);
    const { toPoll, refused } = await this.#monitor(items.slice(0, limits.profile.itemsMax));
    this.#polled.push(...toPoll.flatMap((item) => item.points));
    this.#refused = refused;
  }

  async #monitor(items: readonly PlannedItem[]): Promise<Unmonitored> {
    const { session, readings, unfiltered, clock } = this.#options;
    const limits = this.#limits;
    if (limits === undefined) return { toPoll: [], refused: items };
    const outcome = await monitorItems(items, {
      session,
      limits,
      unfiltered,
      namespaces: this.#namespaces,
      note: (what) => this.#note(what),
      answered: () => this.#answered(),
    });
    const observedMs = clock.now();
    for (const { item, why } of outcome.refused) {
      for (const point of item.points) readings.refused(point, why, observedMs);
    }
    return { toPoll: outcome.toPoll, refused: outcome.refused.map(({ item }) => item) };
  }

  /** Once it has begun, an answer is a sign of life only where no subscription has to show that *it* lives. */
  #answered(): void {
    if (this.#keepAliveMs === undefined || !this.#hasBegun) this.#options.alive();
  }

  /** A server whose namespaces move while the connection stands would answer for other nodes. */
  async #upkeep(): Promise<never> {
    const { session, signal } = this.#options;
    for (;;) {
      await delay(namespacesEveryMs, undefined, { signal });
      const namespaces = await readNamespaces(session);
      this.#answered();
      const isAsBefore =
        namespaces.length === this.#namespaces.length &&
        namespaces.every((uri, index) => uri === this.#namespaces[index]);
      if (!isAsBefore) throw new Error("the server's namespaces are not what they were");
    }
  }

  async #retryRefused(): Promise<never> {
    for (;;) {
      await delay(refusedRetryMs, undefined, { signal: this.#options.signal });
      if (this.#refused.length === 0) continue;
      const { toPoll, refused } = await this.#monitor(this.#refused);
      this.#refused = [...toPoll, ...refused];
    }
  }

  #unnamed(point: OpcuaPoint, observedMs: number): Reading {
    return this.#options.readings.refused(point, noNamespace, observedMs);
  }

  #note(what: string): void {
    const { device, sink } = this.#options;
    const facts = { device: device.id, code: "refused" } as const;
    sink.failed(new DriverError(`device ${device.id} ${what}`, facts));
  }
}

interface Unmonitored {
  readonly toPoll: readonly PlannedItem[];
  readonly refused: readonly PlannedItem[];
}

function pairsOf(answers: readonly [PolledNode, DataValue][]): [OpcuaPoint, DataValue][] {
  return answers.flatMap(([{ points }, dataValue]) =>
    points.map((point): [OpcuaPoint, DataValue] => [point, dataValue]),
  );
}
