import type {
  ConsoleToServer,
  Frame,
  Hello,
  ServerToConsole,
  Topic,
} from "@only-mes/protocols/console/live";
import { consoleProtocolVersion } from "@only-mes/protocols/console/live";
import type { Socket } from "socket.io-client";
import { Manager } from "socket.io-client";
import { createStore } from "zustand/vanilla";
import type { ConnectionEffect, ConnectionEvent } from "./connection.ts";
import { advance } from "./connection.ts";
import type { Picture, Refusal } from "./picture.ts";
import { emptyPicture } from "./picture.ts";
import { retryDelayMs } from "./retry.ts";
import { noServerClock, serverTimeAt, withExchange, withHeard } from "./server-clock.ts";
import { applyDelta } from "./topic-picture.ts";
import { topicSubscriptions } from "./topic-subscriptions.ts";

export interface LinkSettings {
  url: string;
  /** Silence after which nothing counts as live any more. */
  silentAfterMs: number;
  /** Silence after which the socket is given up. */
  deafAfterMs: number;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  retryFirstMs: number;
  retryMaxMs: number;
  retryRefusedMs: number;
  /** A topic that nobody wants any more is kept for so long. */
  lingerMs: number;
  clockEveryMs: number;
  random: () => number;
}

const defaults: Omit<LinkSettings, "url"> = {
  silentAfterMs: 3_000,
  deafAfterMs: 10_000,
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 3_000,
  retryFirstMs: 500,
  retryMaxMs: 5_000,
  retryRefusedMs: 30_000,
  lingerMs: 10_000,
  clockEveryMs: 15_000,
  random: Math.random,
};

/** So many exchanges of time follow each other quickly after connecting. */
const firstExchanges = 6;
const firstExchangeEveryMs = 500;
const pulseMs = 250;

export type LiveSocket = Socket<ServerToConsole, ConsoleToServer>;

export type Link = ReturnType<typeof createLink>;

/** The live link: performs what the connection's steps ask for, over socket.io. Follows SPEC.md. */
export function createLink(given: Partial<LinkSettings> & Pick<LinkSettings, "url">) {
  const settings: LinkSettings = { ...defaults, ...given };
  const store = createStore<Picture>(() => emptyPicture);
  let socket: LiveSocket | null = null;
  let clock = noServerClock;
  let failures = 0;
  /** When the server was last heard, or its socket opened. */
  let heardAt = momentNow();
  /** When it was last heard while the link was live. */
  let lastLive = heardAt;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let clockTimer: ReturnType<typeof setTimeout> | undefined;
  let pulse: ReturnType<typeof setInterval> | undefined;

  const topics = topicSubscriptions({
    store,
    lingerMs: settings.lingerMs,
    answerTimeoutMs: settings.answerTimeoutMs,
    socket: () => (socket?.connected === true ? socket : null),
    heard,
    allAnswered: () => {
      if (clock.heardServerMs > 0) happened("synced");
    },
  });

  const perform: Record<ConnectionEffect, () => void> = {
    open,
    close,
    subscribeAll: () => topics.subscribeAll(),
    retrySoon: () => {
      const delayMs = retryDelayMs(failures, settings, settings.random());
      failures += 1;
      retryIn(delayMs);
    },
    retryLate: () => retryIn(settings.retryRefusedMs),
    cancelRetry: () => clearTimeout(retryTimer),
    forgetFailures: () => {
      failures = 0;
    },
  };

  function happened(event: ConnectionEvent, refusal: Refusal | null = null): void {
    const before = store.getState();
    const { next, effects } = advance(before.connection, event);
    if (next !== before.connection) {
      const live = next === "live";
      store.setState({
        connection: next,
        everLive: before.everLive || live,
        asOfMs: live ? null : (before.asOfMs ?? (before.everLive ? clock.heardServerMs : null)),
        refusal: next === "refused" ? refusal : null,
      });
    }
    for (const effect of effects) perform[effect]();
  }

  function heard(serverTimeMs?: number): void {
    heardAt = momentNow();
    if (serverTimeMs !== undefined) clock = withHeard(clock, serverTimeMs);
    happened("heard");
    if (store.getState().connection === "live") lastLive = heardAt;
  }

  function feelPulse(): void {
    const silentMs = sinceMs(heardAt);
    if (silentMs >= settings.silentAfterMs) happened("silent");
    if (silentMs >= settings.deafAfterMs) happened("deaf");
  }

  function open(): void {
    const hello: Hello = { protocolVersion: consoleProtocolVersion };
    const manager = new Manager(settings.url, {
      transports: ["websocket"],
      reconnection: false,
      timeout: settings.connectTimeoutMs,
      autoConnect: false,
    });
    const opening: LiveSocket = manager.socket("/", { auth: { ...hello } });
    socket = opening;
    heardAt = momentNow();
    opening.on("connect", () => {
      clock = noServerClock;
      heard();
      happened("opened");
      exchangeTime(opening, firstExchanges);
    });
    opening.on("connect_error", (error) => {
      if (opening.active) happened("closed");
      else happened("refused", refusalOf(error));
    });
    opening.on("disconnect", () => happened("closed"));
    opening.on("tick", ({ serverTimeMs }) => heard(serverTimeMs));
    opening.on("frame", receive);
    opening.connect();
  }

  function close(): void {
    clearTimeout(clockTimer);
    topics.disconnected();
    const closing = socket;
    socket = null;
    closing?.off();
    closing?.disconnect();
    closing?.io.off();
  }

  function receive(frame: Frame, applied: () => void): void {
    const before = store.getState();
    const pictures = { ...before.topics };
    let changed = false;
    for (const delta of frame.deltas) {
      const picture = pictures[delta.topic];
      if (picture === undefined) continue;
      const step = applyDelta(picture, delta);
      if (step.kind === "gap") topics.resubscribe(delta.topic);
      if (step.kind !== "applied") continue;
      pictures[delta.topic] = step.picture;
      changed = true;
    }
    if (changed) store.setState({ topics: pictures });
    heard(frame.serverTimeMs);
    applied();
  }

  function exchangeTime(on: LiveSocket, left: number): void {
    if (!on.connected) return;
    const sentLocalMs = performance.now();
    on.emit("time", (serverMs) => {
      clock = withExchange(clock, { sentLocalMs, receivedLocalMs: performance.now(), serverMs });
      topics.settle();
    });
    const nextMs = left > 1 ? firstExchangeEveryMs : settings.clockEveryMs;
    clockTimer = setTimeout(() => exchangeTime(on, left - 1), nextMs);
  }

  function retryIn(delayMs: number): void {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(() => happened("retryDue"), delayMs);
  }

  return {
    store,
    start(): void {
      pulse ??= setInterval(feelPulse, pulseMs);
      happened("start");
    },
    stop(): void {
      clearInterval(pulse);
      pulse = undefined;
      topics.stop();
      happened("stop");
    },
    /** The network came back, or a person asks for it: do not wait for the next attempt. */
    retryNow(): void {
      happened("retryDue");
    },
    /** Subscribes to a topic until the answer is called. */
    want: (topic: Topic): (() => void) => topics.want(topic),
    /** Server time; it stands still while the link is not live. */
    serverNowMs(): number {
      return store.getState().asOfMs ?? serverTimeAt(clock, performance.now());
    },
    /** How old the picture is, in our own time. */
    pictureAgeMs: (): number => sinceMs(lastLive),
  };
}

interface Moment {
  localMs: number;
  wallMs: number;
}

function momentNow(): Moment {
  return { localMs: performance.now(), wallMs: Date.now() };
}

/** By the wall clock too: it goes on while the machine sleeps. */
function sinceMs({ localMs, wallMs }: Moment): number {
  return Math.max(performance.now() - localMs, Date.now() - wallMs);
}

function refusalOf(error: Error & { data?: unknown }): Refusal {
  const data = error.data;
  const code =
    typeof data === "object" && data !== null && "code" in data && typeof data.code === "string"
      ? data.code
      : "refused";
  return { code, message: error.message };
}
