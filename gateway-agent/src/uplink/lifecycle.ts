/**
 * The life of an edge node's connection, as a table: what happens next, and what is to be done.
 * Sparkplug 3.0: a session begins with a will of its own (a new bdSeq for every CONNECT), births wait
 * for the primary host, and a host that went away ends the session.
 */
export const uplinkStates = [
  /** Not begun. */
  "idle",
  /** CONNECT was sent, or the subscriptions were. */
  "connecting",
  /** Subscribed; the primary host is not online. */
  "waiting",
  /** Births were sent; data flows. */
  "online",
  /** NDEATH was sent, as the host is gone; the connection is being closed. */
  "leaving",
  /** Before the next CONNECT. */
  "pausing",
  /** NDEATH was sent, as this gateway ends. */
  "ending",
  "ended",
] as const;

export type UplinkState = (typeof uplinkStates)[number];

export const uplinkEvents = [
  "start",
  "subscribed",
  "hostOnline",
  "hostOffline",
  "rebirthAsked",
  /** The connection is gone, or was never made, or was closed as was wanted. */
  "disconnected",
  "pauseOver",
  "stop",
] as const;

export type UplinkEvent = (typeof uplinkEvents)[number];

export type UplinkEffect =
  /** A new will, a new CONNECT, the subscriptions. */
  | "connect"
  /** NBIRTH, then every DBIRTH, then data. */
  | "birth"
  /** The same with the bdSeq of this session. */
  | "rebirth"
  /** Data stops. */
  | "hold"
  /** NDEATH, then DISCONNECT. */
  | "leave"
  /** DISCONNECT alone: nothing was born. */
  | "disconnect"
  | "pause"
  | "forgetPause"
  | "report";

interface Cell {
  readonly next: UplinkState;
  readonly effects: readonly UplinkEffect[];
}

const to = (next: UplinkState, ...effects: UplinkEffect[]): Cell => ({ next, effects });

/** Every state with every event. */
const table: Record<UplinkState, Record<UplinkEvent, Cell>> = {
  idle: {
    start: to("connecting", "connect"),
    subscribed: to("idle"),
    hostOnline: to("idle"),
    hostOffline: to("idle"),
    rebirthAsked: to("idle"),
    disconnected: to("idle"),
    pauseOver: to("idle"),
    stop: to("ended", "report"),
  },
  connecting: {
    start: to("connecting"),
    subscribed: to("waiting"),
    // The retained STATE may overtake the answer to the subscription.
    hostOnline: to("online", "birth"),
    hostOffline: to("connecting"),
    rebirthAsked: to("connecting"),
    disconnected: to("pausing", "pause"),
    pauseOver: to("connecting"),
    stop: to("ending", "disconnect"),
  },
  waiting: {
    start: to("waiting"),
    subscribed: to("waiting"),
    hostOnline: to("online", "birth"),
    hostOffline: to("waiting"),
    rebirthAsked: to("waiting"),
    disconnected: to("pausing", "pause"),
    pauseOver: to("waiting"),
    stop: to("ending", "disconnect"),
  },
  online: {
    start: to("online"),
    subscribed: to("online"),
    hostOnline: to("online"),
    hostOffline: to("leaving", "hold", "leave"),
    rebirthAsked: to("online", "hold", "rebirth"),
    disconnected: to("pausing", "hold", "pause"),
    pauseOver: to("online"),
    stop: to("ending", "hold", "leave"),
  },
  leaving: {
    start: to("leaving"),
    subscribed: to("leaving"),
    hostOnline: to("leaving"),
    hostOffline: to("leaving"),
    rebirthAsked: to("leaving"),
    disconnected: to("pausing", "pause"),
    pauseOver: to("leaving"),
    stop: to("ending"),
  },
  pausing: {
    start: to("pausing"),
    subscribed: to("pausing"),
    hostOnline: to("pausing"),
    hostOffline: to("pausing"),
    rebirthAsked: to("pausing"),
    disconnected: to("pausing"),
    pauseOver: to("connecting", "connect"),
    stop: to("ended", "forgetPause", "report"),
  },
  ending: {
    start: to("ending"),
    subscribed: to("ending"),
    hostOnline: to("ending"),
    hostOffline: to("ending"),
    rebirthAsked: to("ending"),
    disconnected: to("ended", "report"),
    pauseOver: to("ending"),
    stop: to("ending"),
  },
  ended: {
    start: to("ended"),
    subscribed: to("ended"),
    hostOnline: to("ended"),
    hostOffline: to("ended"),
    rebirthAsked: to("ended"),
    disconnected: to("ended"),
    pauseOver: to("ended"),
    stop: to("ended"),
  },
};

export function advance(state: UplinkState, event: UplinkEvent): Cell {
  return table[state][event];
}
