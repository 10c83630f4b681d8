import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { datatypes, encodePayload } from "@only-mes/protocols/sparkplug/payload";
import { formatTopic, parseTopic } from "@only-mes/protocols/sparkplug/topics";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { StagedMessage } from "../commit/batch.ts";
import type { CommitListener } from "../commit/committed.ts";
import type { DeadLetterBox } from "../commit/deadLetterBox.ts";
import type { Lanes } from "../commit/lanes.ts";
import type { Measures } from "../commit/measures.ts";
import type { GatewayTalk } from "../gateways/gatewayTalk.ts";
import { loadCursors } from "../store/loadCursors.ts";
import type { StoredSignal } from "../store/loadSignals.ts";
import { acknowledger } from "./acknowledger.ts";
import { keepBirths } from "./births.ts";
import { deliveryLedger, type DeliveryLedger } from "./deliveryLedger.ts";
import { deviceFeed } from "./deviceFeed.ts";
import { edgeNode, type EdgeNode, type RebirthReason } from "./edgeNode.ts";
import { startHostSession } from "./hostSession.ts";
import type { DefinitionCache } from "./readBirth.ts";
import { throttle } from "./throttle.ts";

/** From the broker to the lanes, and the acknowledgements back. */
export interface Intake {
  readonly isConnected: boolean;
  /** Lanes have committed these: gateways are told. */
  committed(messages: readonly StagedMessage[]): void;
  /** Lanes met metrics that no birth has told; the messages may come again. */
  unresolved(messages: readonly StagedMessage[]): void;
  /** Another host may have committed some of these; answers the ones that are still to be done. */
  recheck(messages: readonly StagedMessage[]): Promise<StagedMessage[]>;
  /** An engineer has changed the plant model, or what signals are bound to. */
  plantChanged(): Promise<void>;
  /** Takes no more messages; acknowledgements still go. */
  stop(): void;
  close(): Promise<void>;
}

export interface IntakeParts {
  mqttUrl: string;
  hostId: string;
  reorderMs: number;
  pool: Pool;
  lanes: Lanes;
  clock: PlantClock;
  log: Logger;
  measures: Measures;
  deadLetters: DeadLetterBox;
  listener: CommitListener;
  stored: readonly StoredSignal[];
  gateways: GatewayTalk;
}

const rebirthEveryMs = 1000;
const nodesMax = 10_000;

export async function startIntake(parts: IntakeParts): Promise<Intake> {
  const { pool, clock, log, measures, listener } = parts;
  const ledger = deliveryLedger();
  await learnCursors(ledger, pool);
  const definitions: DefinitionCache = new Map();
  const births = keepBirths({ ...parts, onSignals: (signals) => listener.onSignals(signals) });
  const mayRequestRebirth = throttle(rebirthEveryMs, () => performance.now());
  const nodes = new Map<string, EdgeNode>();
  let isStopped = false;

  const receive = (topic: string, payload: Uint8Array): void => {
    if (isStopped || parts.gateways.heard(topic, payload)) return;
    const parsed = parseTopic(topic);
    if (parsed === undefined) {
      parts.deadLetters.put({ source: null, topic, payload }, "topic-unknown", topic, topic);
      return;
    }
    if (parsed.type === "NCMD" || parsed.type === "DCMD") return;
    nodeOf(`${parsed.group}/${parsed.edgeNode}`)?.receive({ topic, parsed, payload });
  };

  const session = startHostSession({
    url: parts.mqttUrl,
    hostId: parts.hostId,
    moreTopics: parts.gateways.topics,
    log,
    onMessage: receive,
    onConnected: () => parts.gateways.connected(),
    onLost: () => {
      for (const node of nodes.values()) node.lost();
    },
  });
  parts.gateways.open((topic, payload) => session.publish(topic, payload));
  const acknowledgements = acknowledger(
    ledger,
    (topic, payload) => session.publish(topic, payload),
    () => Date.now(),
  );

  const requestRebirth = (source: string, reason: RebirthReason): void => {
    if (!mayRequestRebirth(source)) return;
    measures.rebirths.inc({ reason });
    log.info({ source, reason }, "asking for a rebirth");
    const [group = "", edge = ""] = source.split("/");
    const rebirth = { name: "Node Control/Rebirth", datatype: datatypes.Boolean, value: true };
    session.publish(
      formatTopic({ group, type: "NCMD", edgeNode: edge }),
      encodePayload({ timestampMs: Date.now(), metrics: [rebirth] }),
    );
  };

  const nodeOf = (source: string): EdgeNode | undefined => {
    const known = nodes.get(source);
    if (known !== undefined || nodes.size >= nodesMax) return known;
    const acknowledge = (epoch: number): void => acknowledgements.due(source, epoch);
    const countDuplicate = (): void => measures.duplicates.inc();
    const node = edgeNode({
      source,
      births,
      definitions,
      acknowledge,
      countDuplicate,
      plantNow: () => clock.now(),
      reorderMs: parts.reorderMs,
      countGap: () => measures.gaps.inc(),
      requestRebirth: (reason) => requestRebirth(source, reason),
      refuse: (reason, { topic, payload }, detail, about) => {
        parts.deadLetters.put({ source, topic, payload }, reason, detail, about);
      },
      link: (change) => listener.onLink({ source, ...change }),
      feed: deviceFeed({
        source,
        ledger,
        acknowledge,
        countDuplicate,
        offer: (lane, message) => parts.lanes.offer(lane, message),
        countDropped: (isResent) => measures.dropped.inc({ resent: String(isResent) }),
      }),
    });
    nodes.set(source, node);
    return node;
  };

  return {
    get isConnected() {
      return session.isConnected;
    },
    committed(messages) {
      for (const { source, epoch, sequence, isResent } of messages) {
        ledger.commit(source, epoch, sequence);
        if (isResent) acknowledgements.due(source, epoch);
      }
    },
    unresolved(messages) {
      for (const { source, device, epoch, sequence, isResent } of messages) {
        ledger.release(source, epoch, sequence);
        measures.dropped.inc({ resent: String(isResent) });
        nodes.get(source)?.unknownMetric(device);
      }
    },
    async recheck(messages) {
      await learnCursors(ledger, pool);
      return messages.filter(({ source, epoch, sequence }) => {
        if (!ledger.isCommitted(source, epoch, sequence)) return true;
        ledger.release(source, epoch, sequence);
        acknowledgements.due(source, epoch);
        return false;
      });
    },
    plantChanged: () => births.plantChanged(),
    stop() {
      isStopped = true;
      for (const node of nodes.values()) node.close();
    },
    async close() {
      acknowledgements.flush();
      await session.close();
    },
  };
}

async function learnCursors(ledger: DeliveryLedger, pool: Pool): Promise<void> {
  for (const { source, epoch, ranges } of await loadCursors(pool)) {
    ledger.learn(source, epoch, ranges);
  }
}
