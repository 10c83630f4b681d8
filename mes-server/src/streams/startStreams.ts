import { randomUUID } from "node:crypto";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { pruneOutbox } from "../store/pruneOutbox.ts";
import { readEquipmentParents } from "../store/readEquipmentParents.ts";
import { endStreamLease, takeStreamLease } from "../store/takeStreamLease.ts";
import { equipmentPaths, type EquipmentPaths } from "./equipmentPaths.ts";
import { outboxHorizon } from "./outboxHorizon.ts";
import { streamMetrics } from "./streamMetrics.ts";
import { openMqttLink } from "./uns/mqttLink.ts";
import { retainedStates } from "./uns/retainedStates.ts";
import { unsSink } from "./uns/unsSink.ts";
import type { LinePictures } from "./uns/lineState.ts";
import { unsStates } from "./uns/unsStates.ts";
import { webhookDelivery } from "./webhooks/webhookDelivery.ts";

/** Sends what is in the outbox to everybody outside, for as long as this server has the lease to do so. */
export interface Streams {
  close(): Promise<void>;
}

export interface StreamParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  registry: Registry;
  mqttUrl: string;
  /** Sparkplug host id: the MQTT client is named after it. */
  hostId: string;
  /** First level of the topics. */
  eventTopicRoot: string;
  keepEventsDays: number;
  linePictures: LinePictures;
}

const turnEveryMs = 250;
const leaseMs = 15_000;
const leaseEveryMs = 5_000;
const pathsEveryMs = 10_000;
const pruneEveryMs = 600_000;
const dayMs = 86_400_000;
const deadLettersMs = 30 * dayMs;

export function startStreams(parts: StreamParts): Streams {
  const { pool, clock, log } = parts;
  const { random } = Math;
  const realNow = Date.now;
  const holder = randomUUID();
  const metrics = streamMetrics(parts.registry, pool);
  const horizon = outboxHorizon(pool);
  const link = openMqttLink({
    url: parts.mqttUrl,
    clientId: `${parts.hostId}-events`,
    log,
    random,
  });
  const root = parts.eventTopicRoot;
  const uns = unsSink({
    pool,
    log,
    link,
    states: retainedStates({
      pool,
      link,
      root,
      clock,
      realNow,
      states: unsStates(parts.linePictures),
    }),
    root,
    realNow,
    random,
    onSent: (events) => metrics.events("uns", "taken", events),
  });
  const webhooks = webhookDelivery({
    pool,
    log,
    realNow,
    random,
    onOutcome: (outcome, events) => metrics.events("webhooks", outcome, events),
  });

  let isClosing = false;
  let leasedUntilMs = 0;
  let lease = { hasIt: false, nextAtMs: 0 };
  let paths: { value: EquipmentPaths; text: string; nextAtMs: number } | undefined;
  let pruneAtMs = realNow() + pruneEveryMs;

  const keepLease = async (): Promise<boolean> => {
    if (realNow() >= lease.nextAtMs) {
      const askedAtMs = realNow();
      const hasIt = await takeStreamLease(pool, { holder, leaseMs });
      if (hasIt) leasedUntilMs = askedAtMs + leaseMs;
      lease = { hasIt, nextAtMs: askedAtMs + leaseEveryMs };
    }
    return lease.hasIt && realNow() < leasedUntilMs;
  };

  /** Only a change makes new ones, so that whoever has them knows that nothing has moved. */
  const readPaths = async (): Promise<EquipmentPaths> => {
    if (paths !== undefined && realNow() < paths.nextAtMs) return paths.value;
    const parents = await readEquipmentParents(pool, clock.now());
    const text = JSON.stringify(parents);
    const value = paths?.text === text ? paths.value : equipmentPaths(parents);
    paths = { value, text, nextAtMs: realNow() + pathsEveryMs };
    return value;
  };

  const prune = async (): Promise<void> => {
    if (realNow() < pruneAtMs) return;
    const { isAll } = await pruneOutbox(pool, {
      eventsMs: parts.keepEventsDays * dayMs,
      deadLettersMs,
    });
    pruneAtMs = realNow() + (isAll ? pruneEveryMs : 0);
  };

  const turn = async (): Promise<void> => {
    if (!(await keepLease())) return;
    const horizonId = await horizon.advance();
    const places = await readPaths();
    uns.turn(horizonId, places);
    await webhooks.turn(horizonId, places);
    await prune();
  };

  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const next = (): void => {
    running = turn().then(
      () => {
        failures = 0;
      },
      (error: unknown) => {
        failures += 1;
        if (!isClosing && failures === 1) log.warn({ err: error }, "events wait for the database");
      },
    );
    void running.then(() => {
      if (isClosing) return;
      timer = setTimeout(next, turnEveryMs * Math.min(20, 1 + failures));
    });
  };
  next();

  return {
    async close() {
      isClosing = true;
      clearTimeout(timer);
      await running;
      await Promise.all([webhooks.close(), uns.close()]);
      await endStreamLease(pool, holder).catch(() => undefined);
    },
  };
}
