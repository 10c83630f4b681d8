import { createStore } from "zustand/vanilla";
import type { Link } from "./link.ts";

/** What the clocks on the screen show. */
export interface Tick {
  /** Server time in whole seconds; it stands still while the link is not live. */
  nowMs: number;
  /** How long the server has said nothing, in our own time, in whole seconds. */
  silentMs: number;
}

export type Ticker = ReturnType<typeof createTicker>;

const secondMs = 1_000;

/** One clock for the whole screen, so that all durations of it step together. */
export function createTicker(link: Pick<Link, "store" | "serverNowMs" | "silentForMs">) {
  const store = createStore<Tick>(() => read());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function read(): Tick {
    const live = link.store.getState().connection === "live";
    return {
      nowMs: wholeSeconds(link.serverNowMs()),
      silentMs: live ? 0 : wholeSeconds(link.silentForMs()),
    };
  }

  function tick(): void {
    store.setState(read());
    timer = setTimeout(tick, secondMs - (Date.now() % secondMs));
  }

  return {
    store,
    start(): () => void {
      tick();
      const forget = link.store.subscribe((picture, before) => {
        if (picture.connection !== before.connection) store.setState(read());
      });
      return () => {
        clearTimeout(timer);
        forget();
      };
    },
  };
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / secondMs) * secondMs;
}
