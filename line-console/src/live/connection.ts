/**
 * The life of the connection to the server: an immutable state machine with a total table. What a
 * step asks for is performed by `link.ts`.
 */
export const connectionStates = [
  "idle",
  "connecting",
  "syncing",
  "live",
  "lagging",
  "waiting",
  "refused",
] as const;

/**
 * `syncing`: connected, but not every picture is caught up. `lagging`: the socket is open, the
 * server silent. `waiting`: no socket, the next attempt is due later. `refused`: the server does
 * not speak with this version of the console.
 */
export type ConnectionState = (typeof connectionStates)[number];

export const connectionEvents = [
  "start",
  "opened",
  "synced",
  "heard",
  "silent",
  "deaf",
  "closed",
  "refused",
  "retryDue",
  "stop",
] as const;

/** `silent` and `deaf`: three and ten seconds without a word from the server. */
export type ConnectionEvent = (typeof connectionEvents)[number];

export type ConnectionEffect =
  | "open"
  | "close"
  | "subscribeAll"
  | "retrySoon"
  | "retryLate"
  | "cancelRetry"
  | "forgetFailures";

export interface ConnectionStep {
  next: ConnectionState;
  effects: readonly ConnectionEffect[];
}

export function advance(state: ConnectionState, event: ConnectionEvent): ConnectionStep {
  return steps[state][event] ?? { next: state, effects: [] };
}

function to(next: ConnectionState, ...effects: ConnectionEffect[]): ConnectionStep {
  return { next, effects };
}

/** The event says nothing new in this state. */
const stay = null;

const steps: Record<ConnectionState, Record<ConnectionEvent, ConnectionStep | null>> = {
  idle: {
    start: to("connecting", "open"),
    opened: stay,
    synced: stay,
    heard: stay,
    silent: stay,
    deaf: stay,
    closed: stay,
    refused: stay,
    retryDue: stay,
    stop: stay,
  },
  connecting: {
    start: stay,
    opened: to("syncing", "subscribeAll"),
    synced: stay,
    heard: stay,
    silent: stay,
    deaf: to("waiting", "close", "retrySoon"),
    closed: to("waiting", "close", "retrySoon"),
    refused: to("refused", "close", "retryLate"),
    retryDue: stay,
    stop: to("idle", "close"),
  },
  syncing: {
    start: stay,
    opened: stay,
    synced: to("live", "forgetFailures"),
    heard: stay,
    silent: stay,
    deaf: to("waiting", "close", "retrySoon"),
    closed: to("waiting", "close", "retrySoon"),
    refused: to("refused", "close", "retryLate"),
    retryDue: stay,
    stop: to("idle", "close"),
  },
  live: {
    start: stay,
    opened: stay,
    synced: stay,
    heard: stay,
    silent: to("lagging"),
    deaf: to("waiting", "close", "retrySoon"),
    closed: to("waiting", "close", "retrySoon"),
    refused: to("refused", "close", "retryLate"),
    retryDue: stay,
    stop: to("idle", "close"),
  },
  lagging: {
    start: stay,
    opened: stay,
    synced: stay,
    heard: to("syncing", "subscribeAll"),
    silent: stay,
    deaf: to("waiting", "close", "retrySoon"),
    closed: to("waiting", "close", "retrySoon"),
    refused: to("refused", "close", "retryLate"),
    retryDue: stay,
    stop: to("idle", "close"),
  },
  waiting: {
    start: stay,
    opened: stay,
    synced: stay,
    heard: stay,
    silent: stay,
    deaf: stay,
    closed: stay,
    refused: stay,
    retryDue: to("connecting", "cancelRetry", "open"),
    stop: to("idle", "cancelRetry"),
  },
  refused: {
    start: stay,
    opened: stay,
    synced: stay,
    heard: stay,
    silent: stay,
    deaf: stay,
    closed: stay,
    refused: stay,
    retryDue: to("connecting", "cancelRetry", "open"),
    stop: to("idle", "cancelRetry"),
  },
};
