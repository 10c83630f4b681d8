import { eventTopic } from "@only-mes/protocols/events/outgoing";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { readOutboxEvents } from "../../store/readOutboxEvents.ts";
import { moveStreamCursor, readStreamCursor } from "../../store/streamCursor.ts";
import { backOffMs } from "../backOff.ts";
import { levelName, type EquipmentPaths } from "../equipmentPaths.ts";
import { outgoingEventOf } from "../outgoingEventOf.ts";
import { LinkLost, type MqttLink } from "./mqttLink.ts";
import type { RetainedStates } from "./retainedStates.ts";

/** Sends events and states to MQTT, laid out by where equipment lies: a unified namespace of the plant. */
export interface UnsSink {
  /** Begins to send what there is, unless it does so already; does not wait for the broker. */
  turn(horizonId: number, paths: EquipmentPaths): void;
  /** Settles when nothing is on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface UnsSinkParts {
  pool: Pool;
  log: Logger;
  link: MqttLink;
  states: RetainedStates;
  root: string;
  realNow: () => number;
  random: () => number;
  onSent: (events: number) => void;
}

const unsSinkName = "uns";
const eventsAtOnce = 200;
const retry = { minMs: 200, maxMs: 30_000 };
const refreshEveryMs = 15_000;

export function unsSink(parts: UnsSinkParts): UnsSink {
  const { pool, log, link, states, root, realNow } = parts;
  let sentId: number | undefined;
  let connection = 0;
  let refreshedAtMs = -Infinity;
  let shownPaths: EquipmentPaths | undefined;
  let failures = 0;
  let notBeforeMs = 0;
  let running: Promise<void> | undefined;
  const closing = new AbortController();

  const run = async (horizonId: number, paths: EquipmentPaths): Promise<void> => {
    sentId ??= await readStreamCursor(pool, unsSinkName);
    if (link.connections !== connection) {
      connection = link.connections;
      states.forget();
      shownPaths = undefined;
    }
    if (shownPaths !== undefined && shownPaths !== paths) states.forget();
    while (sentId < horizonId && !closing.signal.aborted) {
      const range = { afterId: sentId, toId: horizonId, limit: eventsAtOnce };
      const rows = await readOutboxEvents(pool, range);
      await Promise.all(
        rows.map((row) => {
          const topic = eventTopic(root, paths.of(row.equipment).map(levelName), row.kind);
          return link.publish(topic, JSON.stringify(outgoingEventOf(row)), { retain: false });
        }),
      );
      const upToId = rows.length < eventsAtOnce ? horizonId : (rows.at(-1)?.id ?? horizonId);
      await states.touched(rows, paths, upToId);
      await moveStreamCursor(pool, unsSinkName, upToId);
      sentId = upToId;
      parts.onSent(rows.length);
    }
    if (shownPaths !== paths || realNow() - refreshedAtMs >= refreshEveryMs) {
      await states.refresh(paths, sentId);
      shownPaths = paths;
      refreshedAtMs = realNow();
    }
  };

  const failed = (error: unknown): void => {
    failures += 1;
    notBeforeMs = realNow() + backOffMs(failures, retry, parts.random);
    // What was sent of it may stand, or not: all of it is sent again.
    states.forget();
    shownPaths = undefined;
    if (closing.signal.aborted || error instanceof LinkLost) return;
    log.warn({ err: error }, "events to the broker wait");
  };

  return {
    turn(horizonId, paths) {
      if (running !== undefined || closing.signal.aborted || !link.isConnected) return;
      if (realNow() < notBeforeMs) return;
      running = run(horizonId, paths)
        .then(
          () => {
            failures = 0;
          },
          (error: unknown) => failed(error),
        )
        .finally(() => (running = undefined));
    },
    idle: async () => running,
    async close() {
      closing.abort();
      await link.close();
      await running;
    },
  };
}
