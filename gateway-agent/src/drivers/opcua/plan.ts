import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import type { EventSource, ItemDeadband, OpcuaPoint } from "./address.ts";

/** How a server watches one node; see OPC UA Part 4, 7.21 and 7.22. */
export interface ItemSettings {
  readonly samplingMs: number;
  readonly queueSize: number;
  readonly discardsOldest: boolean;
  readonly trigger: "status" | "value" | "timestamp";
  readonly deadband: ItemDeadband | undefined;
  readonly event: EventSource | undefined;
}

/** One item of the server; several tags may be parts of its value, or fields of its events. */
export interface PlannedItem {
  readonly node: string;
  readonly settings: ItemSettings;
  readonly points: readonly OpcuaPoint[];
}

/** Items of one sampling interval that are created in one request. */
export interface ItemBatch {
  readonly samplingMs: number;
  readonly items: readonly PlannedItem[];
}

/** Nodes that are read together, one request after another, every period. */
export interface PollGroup {
  /** As the device map says; plant time. */
  readonly periodMs: number;
  /** The same in milliseconds of this machine. */
  readonly intervalMs: number;
  /** Each node once, with the tags that are parts of its value. */
  readonly nodes: readonly PolledNode[];
}

export interface PolledNode {
  readonly node: string;
  readonly points: readonly OpcuaPoint[];
}

export interface SubscriptionPlan {
  readonly publishingMs: number;
  /** Publishing intervals without news after which the server says that it lives. */
  readonly keepAliveCount: number;
  readonly lifetimeCount: number;
  /** Silence after which the connection counts as lost. */
  readonly silenceMaxMs: number;
}

/** Servers of an unknown make that tell no limits take this many nodes in a request. */
export const nodesPerRequestUnknown = 50;
/** Values that a server may hold back between two publications. */
const queueSizeUsual = 50;
/** Sampling faster than this only burns the processors of both sides. */
const intervalMinMs = 20;
const aliveEveryMs = 800;

export function planItems(
  points: readonly OpcuaPoint[],
  clock: PlantClock,
  itemsPerCall = nodesPerRequestUnknown,
): ItemBatch[] {
  const bySampling = Map.groupBy(itemsOf(points, clock), ({ settings }) => settings.samplingMs);
  return [...bySampling].flatMap(([samplingMs, alike]) =>
    inBatches(alike, itemsPerCall).map((items) => ({ samplingMs, items })),
  );
}

function itemsOf(points: readonly OpcuaPoint[], clock: PlantClock): PlannedItem[] {
  const watched = points.flatMap((point) => {
    const settings = settingsOf(point, clock);
    return settings === undefined ? [] : [{ point, settings }];
  });
  const alike = Map.groupBy(watched, ({ point, settings }) =>
    JSON.stringify([point.node, { ...settings, event: whatEvents(settings.event) }]),
  );
  return [...alike.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { settings, point } = first;
    return [{ node: point.node, settings, points: members.map((member) => member.point) }];
  });
}

/** Fields of the same events come in one item. */
function whatEvents(event: EventSource | undefined): unknown {
  return event && [event.type, event.severityMin];
}

function settingsOf(point: OpcuaPoint, clock: PlantClock): ItemSettings | undefined {
  const { source } = point;
  if (source.kind === "method") return undefined;
  const { queueSize = queueSizeUsual, discard, trigger = "value" } = source.item;
  const isEvent = source.kind === "event";
  return {
    // Events have no sampling; 0 is what the standard asks for them.
    samplingMs: isEvent ? 0 : samplingOf(point, source.item.samplingMs, clock),
    queueSize,
    discardsOldest: discard !== "newest",
    trigger,
    deadband: isEvent ? undefined : source.deadband,
    event: isEvent ? source.event : undefined,
  };
}

/** Where a plant runs faster than real, its states come as they change: 0 is "every change". */
function samplingOf(
  { periodMs, isState }: OpcuaPoint,
  samplingMs: number | undefined,
  clock: PlantClock,
): number {
  if (samplingMs === 0) return 0;
  const realMs = clock.realDelayMs(samplingMs ?? periodMs);
  return isState && realMs < intervalMinMs ? 0 : Math.max(realMs, intervalMinMs);
}

export function planPolls(points: readonly OpcuaPoint[], clock: PlantClock): PollGroup[] {
  const readable = points.filter(({ source }) => source.kind === "value");
  const byPeriod = Map.groupBy(readable, ({ periodMs }) => periodMs);
  return [...byPeriod].map(([periodMs, alike]) => ({
    periodMs,
    intervalMs: Math.max(clock.realDelayMs(periodMs), intervalMinMs),
    nodes: nodesOf(alike),
  }));
}

/** Each node once. */
export function nodesOf(points: readonly OpcuaPoint[]): PolledNode[] {
  const byNode = Map.groupBy(points, ({ node }) => node);
  return [...byNode].map(([node, alike]) => ({ node, points: alike }));
}

export function planSubscription(device: OpcuaDevice, clock: PlantClock): SubscriptionPlan {
  const publishingMs = Math.max(clock.realDelayMs(device.publishingIntervalMs), intervalMinMs);
  const keepAliveCount = Math.max(1, Math.round(aliveEveryMs / publishingMs));
  return {
    publishingMs,
    keepAliveCount,
    lifetimeCount: Math.max(keepAliveCount * 10, 60),
    silenceMaxMs: Math.max(2000, publishingMs * 3) + device.timeoutMs / 2,
  };
}

export function inBatches<T>(all: readonly T[], batchMax: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / batchMax) }, (_, batch) =>
    all.slice(batch * batchMax, (batch + 1) * batchMax),
  );
}
