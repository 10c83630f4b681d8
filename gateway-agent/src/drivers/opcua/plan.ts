import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import type { OpcuaPoint } from "./address.ts";

/** Items of one sampling interval that are created in one request. */
export interface ItemBatch {
  readonly samplingMs: number;
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

/** Servers that do not tell their limits take this many nodes in a request. */
const batchMax = 100;
/** Sampling faster than this only burns the processors of both sides. */
const intervalMinMs = 20;
const aliveEveryMs = 800;

export function planItems(points: readonly OpcuaPoint[], clock: PlantClock): ItemBatch[] {
  const bySampling = Map.groupBy(points, (point) => samplingOf(point, clock));
  return [...bySampling].flatMap(([samplingMs, alike]) =>
    inBatches(alike).map((batch) => ({ samplingMs, points: batch })),
  );
}

/** Where a plant runs faster than real, its states come as they change: 0 is "every change". */
function samplingOf({ periodMs, isState }: OpcuaPoint, clock: PlantClock): number {
  const realMs = clock.realDelayMs(periodMs);
  return isState && realMs < intervalMinMs ? 0 : Math.max(realMs, intervalMinMs);
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

export function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / batchMax) }, (_, batch) =>
    all.slice(batch * batchMax, (batch + 1) * batchMax),
  );
}
