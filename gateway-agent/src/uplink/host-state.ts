import { parseHostState, stateTopic, type HostState } from "@only-mes/protocols/sparkplug/topics";

/** What is known of the primary host within one MQTT session. */
export interface HostWatch {
  readonly isOnline: boolean;
  /** Of the last STATE that counted. */
  readonly timestamp: number;
  /** A STATE of Sparkplug 3.0 was heard: the older form says nothing more. */
  readonly isCurrent: boolean;
}

/** At each CONNECT: what the broker has retained is the truth, whatever was heard before. */
export const unheardHost: HostWatch = {
  isOnline: false,
  timestamp: Number.NEGATIVE_INFINITY,
  isCurrent: false,
};

/** Where a host says whether it is online: the topic of Sparkplug 3.0, and that of 2.2. */
export function hostTopics(hostId: string): string[] {
  return [stateTopic(hostId), olderStateTopic(hostId)];
}

/** `undefined` if the message is not of this host. */
export function hearHost(
  watch: HostWatch,
  hostId: string,
  topic: string,
  payload: Uint8Array,
): HostWatch | undefined {
  if (topic === stateTopic(hostId)) {
    const state = parseHostState(payload);
    return state === undefined ? watch : hear(watch, state);
  }
  return topic === olderStateTopic(hostId) ? hearOlder(watch, payload) : undefined;
}

/**
 * A STATE older than the last one is ignored
 * (tck-id-operational-behavior-edge-node-termination-host-offline-timestamp).
 */
function hear(watch: HostWatch, { online, timestamp }: HostState): HostWatch {
  if (watch.isCurrent && timestamp < watch.timestamp) return watch;
  return { isOnline: online, timestamp, isCurrent: true };
}

/** Hosts of Sparkplug 2.2 say ONLINE or OFFLINE, without a time. */
function hearOlder(watch: HostWatch, payload: Uint8Array): HostWatch {
  const text = new TextDecoder().decode(payload).trim();
  if (watch.isCurrent || (text !== "ONLINE" && text !== "OFFLINE")) return watch;
  return { ...watch, isOnline: text === "ONLINE" };
}

function olderStateTopic(hostId: string): string {
  return `STATE/${hostId}`;
}
