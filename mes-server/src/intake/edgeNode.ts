import { decodePayload, type SparkplugPayload } from "@only-mes/protocols/sparkplug/payload";
import type { SparkplugTopic } from "@only-mes/protocols/sparkplug/topics";
import type { LinkChange } from "../commit/committed.ts";
import type { DeadLetterReason } from "../pipeline/laneTask.ts";
import type { Births } from "./births.ts";
import { newDevice, type Device } from "./device.ts";
import type { DeviceFeed } from "./deviceFeed.ts";
import { peekPayload, type PayloadGlimpse } from "./peekPayload.ts";
import { readBirth, type Birth, type BirthRefusal, type DefinitionCache } from "./readBirth.ts";
import { sequenceOrder } from "./sequenceOrder.ts";

interface NodeMessage {
  topic: string;
  parsed: SparkplugTopic;
  payload: Uint8Array;
}

/** What an edge node's session asks of the rest of intake. */
export interface EdgeNodeParts {
  source: string;
  births: Births;
  feed: DeviceFeed;
  definitions: DefinitionCache;
  plantNow: () => number;
  /** How long a message that is missing may be late, in milliseconds of this machine. */
  reorderMs: number;
  acknowledge: (epoch: number) => void;
  requestRebirth: (reason: RebirthReason) => void;
  refuse: (reason: DeadLetterReason, message: NodeMessage, detail: string, about: string) => void;
  link: (change: Omit<LinkChange, "source">) => void;
  countDuplicate: () => void;
  countGap: () => void;
}

export type RebirthReason = "gap" | "unborn" | "unknown-metric";

/** The host's side of one edge node: its births and deaths, its order, its devices. */
export interface EdgeNode {
  receive(message: NodeMessage): void;
  /** A lane met metrics of this device that its birth has not told. */
  unknownMetric(device: string): void;
  /** The way to the broker is gone: nothing is known to be online. */
  lost(): void;
  close(): void;
}

export function edgeNode(parts: EdgeNodeParts): EdgeNode {
  const { source, feed, plantNow } = parts;
  const devices = new Map<string, Device>();
  const order = sequenceOrder<(() => void) | undefined>();
  let reorderTimer: NodeJS.Timeout | undefined;
  let birth: { bdSeq: number | undefined; timestampMs: number } | undefined;
  let isOnline = false;
  let isClosed = false;

  const device = (name: string): Device => {
    let found = devices.get(name);
    if (found === undefined) {
      found = newDevice(name);
      devices.set(name, found);
    }
    return found;
  };

  const runAll = (items: readonly ((() => void) | undefined)[]): void => {
    for (const item of items) item?.();
  };

  const gap = (): void => {
    parts.countGap();
    parts.requestRebirth("gap");
  };

  /** Performs it in the order of the sequence. What has lost its place is done by `behind`. */
  const inOrder = (
    seq: number | undefined,
    perform: (() => void) | undefined,
    behind: () => void = () => undefined,
  ): void => {
    if (seq === undefined) {
      perform?.();
      return;
    }
    const accepted = order.accept(seq & 255, perform);
    if (accepted.kind === "behind") behind();
    if (accepted.kind === "overflow") gap();
    if (accepted.kind === "inOrder" || accepted.kind === "overflow") runAll(accepted.items);
    watchOrder();
  };

  const watchOrder = (): void => {
    if (!order.isWaiting) {
      clearTimeout(reorderTimer);
      reorderTimer = undefined;
      return;
    }
    reorderTimer ??= setTimeout(() => {
      reorderTimer = undefined;
      gap();
      runAll(order.giveUp());
    }, parts.reorderMs);
  };

  const decode = (message: NodeMessage): SparkplugPayload | undefined => {
    try {
      return decodePayload(message.payload);
    } catch (error) {
      parts.refuse("payload-undecodable", message, String(error), message.topic);
      return undefined;
    }
  };

  const refuseMetrics = (message: NodeMessage, refusals: readonly BirthRefusal[]): void => {
    for (const { reason, metric, detail } of refusals) {
      parts.refuse(reason, message, `${metric}: ${detail}`, `${source} ${metric}`);
    }
  };

  const nodeBirth = (message: NodeMessage, payload: SparkplugPayload): void => {
    const told = readBirth(payload, parts.definitions);
    const timestampMs = payload.timestampMs ?? 0;
    const isRepeated =
      isOnline && birth?.bdSeq === told.bdSeq && timestampMs <= (birth?.timestampMs ?? -1);
    if (isRepeated) return;
    birth = { bdSeq: told.bdSeq, timestampMs };
    isOnline = true;
    order.restart((payload.seq ?? 0) & 255);
    watchOrder();
    // Its aliases are told anew, device by device.
    for (const each of devices.values()) each.birth = undefined;
    settle(device(""), told, message, payload);
    parts.link({ online: true, atMs: payload.timestampMs ?? plantNow() });
  };

  const deviceBirth = (message: NodeMessage, payload: SparkplugPayload): void => {
    if (!isOnline) parts.requestRebirth("unborn");
    const to = device(message.parsed.device ?? "");
    const told = readBirth(payload, parts.definitions);
    settle(to, told, message, payload);
    const epoch = told.delivery?.epoch;
    if (epoch !== undefined && epoch > 0) parts.acknowledge(epoch);
    to.isOnline = true;
    parts.link({ device: to.name, online: true, atMs: payload.timestampMs ?? plantNow() });
  };

  /** Brings a birth to the database and to its lane; what follows waits, unless it told nothing new. */
  const settle = (
    to: Device,
    told: Birth,
    message: NodeMessage,
    payload: SparkplugPayload,
  ): void => {
    const isSame = to.fingerprint === told.fingerprint;
    const strict = to.sentUnknown || (to.isStrict && isSame);
    const isBound = isSame && strict === to.isStrict;
    to.birth = told;
    to.sentUnknown = false;
    refuseMetrics(message, told.refusals);
    if (told.metrics.length === 0 && told.delivery === undefined) return;
    if (!isBound) rebind(to, told, strict, message);
    if (told.delivery !== undefined) return;
    const glimpse = { metrics: payload.metrics.length };
    feed.takeForeign(to, { topic: message.topic, payload: message.payload, glimpse });
  };

  const rebind = (to: Device, told: Birth, strict: boolean, message: NodeMessage): void => {
    to.fingerprint = told.fingerprint;
    to.isStrict = strict;
    to.bound = undefined;
    to.generation += 1;
    const { generation } = to;
    const isWanted = (): boolean => to.generation === generation && !isClosed;
    parts.births
      .settle({ source, device: to.name, strict, ...told }, isWanted)
      .then((settled) => {
        if (settled === undefined || !isWanted()) return undefined;
        to.bound = settled;
        refuseMetrics(message, settled.refusals);
        return feed.flush(to);
      })
      .catch((error: unknown) => {
        parts.refuse("definition-invalid", message, String(error), message.topic);
      });
  };

  const data = (message: NodeMessage): void => {
    const to = device(message.parsed.device ?? "");
    const glimpse = peek(message, to.birth);
    if (glimpse === undefined) return;
    if (to.birth === undefined) {
      inOrder(glimpse.seq, undefined);
      parts.requestRebirth("unborn");
      return;
    }
    if (!isOnline) parts.requestRebirth("unborn");
    const { topic, payload } = message;
    const { epoch, sequence, seq } = glimpse;
    if (to.birth.delivery !== undefined && epoch !== undefined && sequence !== undefined) {
      // The cursor puts it in its place, whenever it comes.
      inOrder(seq, undefined);
      feed.takeDelivered(to, { topic, payload, glimpse }, epoch, sequence);
      return;
    }
    if (to.birth.metrics.length === 0) {
      // Nothing to keep, but it has its place in the sequence.
      inOrder(seq, undefined);
      return;
    }
    inOrder(seq, () => feed.takeForeign(to, { topic, payload, glimpse }), parts.countDuplicate);
  };

  const peek = (message: NodeMessage, of: Birth | undefined): PayloadGlimpse | undefined => {
    try {
      return peekPayload(message.payload, {
        epoch: of?.delivery?.epochAlias,
        sequence: of?.delivery?.sequenceAlias,
      });
    } catch (error) {
      parts.refuse("payload-undecodable", message, String(error), message.topic);
      return undefined;
    }
  };

  const nodeDeath = (payload: SparkplugPayload): void => {
    const told = readBirth(payload, parts.definitions);
    // The will of a connection that a newer birth has replaced says nothing of the present one.
    if (birth === undefined || (told.bdSeq !== undefined && told.bdSeq !== birth.bdSeq)) return;
    goOffline();
    parts.link({ online: false, atMs: plantNow() });
  };

  const goOffline = (): void => {
    isOnline = false;
    order.stop();
    watchOrder();
    for (const each of devices.values()) each.isOnline = false;
  };

  const deviceDeath = (message: NodeMessage, payload: SparkplugPayload): void => {
    const to = device(message.parsed.device ?? "");
    if (!to.isOnline) return;
    to.isOnline = false;
    parts.link({ device: to.name, online: false, atMs: payload.timestampMs ?? plantNow() });
  };

  const withPayload = (
    message: NodeMessage,
    perform: (payload: SparkplugPayload) => void,
  ): void => {
    const payload = decode(message);
    if (payload !== undefined) perform(payload);
  };

  return {
    receive(message) {
      switch (message.parsed.type) {
        case "NBIRTH":
          withPayload(message, (payload) => nodeBirth(message, payload));
          break;
        case "NDEATH":
          withPayload(message, nodeDeath);
          break;
        case "DBIRTH":
          withPayload(message, (payload) => {
            const perform = (): void => deviceBirth(message, payload);
            inOrder(payload.seq, perform, perform);
          });
          break;
        case "DDEATH":
          withPayload(message, (payload) => {
            inOrder(payload.seq, () => deviceDeath(message, payload));
          });
          break;
        case "NDATA":
        case "DDATA":
          data(message);
          break;
        case "NCMD":
        case "DCMD":
          break;
      }
    },
    unknownMetric(name) {
      device(name).sentUnknown = true;
      parts.requestRebirth("unknown-metric");
    },
    lost() {
      goOffline();
      for (const each of devices.values()) {
        // Other aliases than ours may change while nobody listens.
        if (each.birth?.delivery === undefined) each.birth = undefined;
      }
      parts.link({ online: false, atMs: plantNow() });
    },
    close() {
      isClosed = true;
      clearTimeout(reorderTimer);
    },
  };
}
