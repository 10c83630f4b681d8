import { createStore } from "zustand/vanilla";
import type { Link } from "./link.ts";

/** What the clocks on the screen show. */
export interface Tick {
  /** Server time in whole seconds; it stands still while the link is not live. */
  nowMs: number;
  /** How old the picture is, in our own time, in whole seconds; 0 while it is live. */
  pictureAgeMs: number;
}

export type Ticker = ReturnType<typeof createTicker>;

const secondMs = 1_000;

/** One clock for the whole screen, so that all durations of it step together. */
export function createTicker(link: Pick<Link, "store" | "serverNowMs" | "pictureAgeMs">) {
  const store = createStore<Tick>(() => read());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function read(): Tick {
    const live = link.store.getState().connection === "live";
    return {
      nowMs: wholeSeconds(link.serverNowMs()),
      pictureAgeMs: live ? 0 : wholeSeconds(link.pictureAgeMs()),
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
