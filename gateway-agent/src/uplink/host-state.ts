import type { HostState } from "@only-mes/protocols/sparkplug/topics";

/** What is known of the primary host within one MQTT session. */
export interface HostWatch {
  readonly isOnline: boolean;
  /** Of the last STATE that counted. */
  readonly timestamp: number;
}

/** At each CONNECT: what the broker has retained is the truth, whatever was heard before. */
export const unheardHost: HostWatch = { isOnline: false, timestamp: Number.NEGATIVE_INFINITY };

/**
 * A STATE older than the last one is ignored
 * (tck-id-operational-behavior-edge-node-termination-host-offline-timestamp).
 */
export function hear(watch: HostWatch, state: HostState): HostWatch {
  if (state.timestamp < watch.timestamp) return watch;
  return { isOnline: state.online, timestamp: state.timestamp };
}
