import { isDeepStrictEqual } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { signalId, unitId } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { BoundSignal } from "../commit/committed.ts";
import type { BoundLaneSignal } from "../commit/laneMemory.ts";
import type { Lanes } from "../commit/lanes.ts";
import { laneSignal } from "../pipeline/laneSignal.ts";
import { loadSignals, type StoredSignal } from "../store/loadSignals.ts";
import { saveBirth } from "../store/saveBirth.ts";
import { transaction } from "../store/transaction.ts";
import type { Birth, BirthRefusal } from "./readBirth.ts";
import { unitStates } from "./unitStates.ts";

/** Where a device's data messages go, and under which binding. */
export interface DeviceBinding {
  binding: number;
  lane: number;
}

/** Keeps what births tell: in the database, in the lanes, and for the live side. */
export interface Births {
  /** `undefined` if it was given up, because a newer birth came or the server closes. */
  settle(
    birth: { source: string; device: string; strict: boolean } & Birth,
    isStillWanted: () => boolean,
  ): Promise<(DeviceBinding & { refusals: BirthRefusal[] }) | undefined>;
  /** An engineer has changed the plant model, or what signals are bound to: tells lanes and live. */
  plantChanged(): Promise<void>;
}

const retryMsMin = 200;
const retryMsMax = 5000;

export function keepBirths(parts: {
  pool: Pool;
  lanes: Lanes;
  clock: Pick<PlantClock, "now">;
  log: Logger;
  stored: readonly StoredSignal[];
  onSignals: (signals: readonly BoundSignal[]) => void;
}): Births {
  const { pool, lanes, log } = parts;
  const signals = new Map<string, StoredSignal>(parts.stored.map((signal) => [signal.id, signal]));
  const laneOfSignal = new Map<number, number>();
  const states = unitStates();
  const underWay = new Set<Promise<unknown>>();
  let bindings = 0;

  for (const [lane, known] of byLane(parts.stored, lanes)) {
    lanes.know(lane, known);
    for (const { key } of known) laneOfSignal.set(key, lane);
  }

  const show = (): void =>
    parts.onSignals([...signals.values()].filter(({ isRetired }) => !isRetired));

  const settle = async ({
    source,
    device,
    strict,
    metrics,
    ignoredAliases,
    delivery,
  }: Parameters<Births["settle"]>[0]): Promise<DeviceBinding & { refusals: BirthRefusal[] }> => {
    const atMs = parts.clock.now();
    const saved = await transaction(pool, (tx) => saveBirth(tx, { source, device, metrics, atMs }));
    const keyOf = (id: string): number => saved.get(id)?.key ?? -1;
    const bound = metrics.flatMap(({ name: metric, datatype, definition }): StoredSignal[] => {
      const settled = saved.get(signalId(definition));
      return settled === undefined ? [] : [{ ...settled, source, device, metric, datatype }];
    });
    const { owning, refusals } = states.claim(`${source}/${device}`, bound);
    const lane = lanes.laneOf(metrics[0]?.definition.line.id ?? "");
    for (const { key } of bound) {
      const before = laneOfSignal.get(key);
      if (before !== undefined && before !== lane) lanes.forget(before, [key]);
      laneOfSignal.set(key, lane);
    }
    bindings += 1;
    const binding = bindings;
    await lanes.bind(
      lane,
      {
        id: binding,
        strict,
        ignoredAliases,
        ...(delivery?.droppedAlias !== undefined && { droppedAlias: delivery.droppedAlias }),
        metrics: metrics.map(({ name, alias, datatype, definition }) => ({
          name,
          datatype,
          signal: keyOf(signalId(definition)),
          ...(alias !== undefined && { alias }),
        })),
      },
      bound.map((signal) => laneSignal(signal, owning.has(signal.id))),
    );
    for (const signal of bound) signals.set(signal.id, signal);
    show();
    return { binding, lane, refusals };
  };

  const tellChanged = async (): Promise<void> => {
    const now = await loadSignals(pool);
    const changed = now.filter((signal) => {
      const before = signals.get(signal.id);
      return (
        before?.stateClaim !== signal.stateClaim ||
        !isDeepStrictEqual(before.definition, signal.definition)
      );
    });
    const rebound = changed.flatMap((signal) => {
      const bound = laneSignal(signal, states.rebound(signal));
      const before = signals.get(signal.id);
      // A name or a place is nothing to a lane.
      const isSame =
        before !== undefined &&
        isDeepStrictEqual(laneSignal(before, true), laneSignal(signal, true));
      return isSame && before.stateClaim === signal.stateClaim ? [] : [bound];
    });
    const told = Map.groupBy(
      rebound,
      ({ key, line }) => laneOfSignal.get(key) ?? lanes.laneOf(line),
    );
    for (const [lane, of] of told) lanes.know(lane, of);
    for (const signal of now) signals.set(signal.id, signal);
    show();
  };

  /** Runs, and can be waited for by what must come behind it. */
  const tracked = <Result>(work: Promise<Result>): Promise<Result> => {
    const ended: Promise<unknown> = work.catch(() => undefined);
    underWay.add(ended);
    void ended.then(() => underWay.delete(ended));
    return work;
  };

  return {
    async settle(birth, isStillWanted) {
      for (let retryMs = retryMsMin; isStillWanted(); retryMs = Math.min(retryMs * 2, retryMsMax)) {
        try {
          return await tracked(settle(birth));
        } catch (error) {
          log.warn({ err: error, source: birth.source }, "a birth could not be kept; trying again");
          await delay(retryMs);
        }
      }
      return undefined;
    },
    // A birth that was read before the change must not tell the lanes after it.
    plantChanged: () => tracked(Promise.all(underWay).then(tellChanged)),
  };
}

/**
 * What the lanes know of signals before any birth. A unit of two state signals waits for a birth, unless
 * one of them was bound to it.
 */
function byLane(
  stored: readonly StoredSignal[],
  lanes: Pick<Lanes, "laneOf">,
): Map<number, BoundLaneSignal[]> {
  const stateSignals = new Map<string, number>();
  for (const { definition } of stored) {
    if (definition.role !== "machineState") continue;
    const unit = unitId(definition.line.id, definition.unit.id);
    stateSignals.set(unit, (stateSignals.get(unit) ?? 0) + 1);
  }
  const groups = new Map<number, BoundLaneSignal[]>();
  for (const signal of stored) {
    const { line, unit } = signal.definition;
    const lane = lanes.laneOf(line.id);
    const group = groups.get(lane) ?? [];
    const isOnly = stateSignals.get(unitId(line.id, unit.id)) === 1;
    group.push(
      laneSignal(signal, signal.stateClaim === "bound" || (signal.stateClaim === "born" && isOnly)),
    );
    groups.set(lane, group);
  }
  return groups;
}
