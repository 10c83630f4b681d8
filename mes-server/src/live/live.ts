import type { LineEvent } from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { CommitListener } from "../commit/committed.ts";
import { PictureBook, type ShiftBook } from "./picture-book.ts";
import { PictureLoader } from "./picture-loader.ts";
import type { Topics } from "./topics.ts";

export interface LiveOptions {
  pool: Pool;
  clock: PlantClock;
  shifts: ShiftBook;
  topics: Topics;
  log: Logger;
  /** Called after something was published, at most every {@link flushEveryMs}. */
  onPublished: () => void;
}

const flushEveryMs = 100;
const checkEveryPlantMs = 1_000;
const checkEveryMinMs = 100;
const checkEveryMaxMs = 1_000;

export interface Live {
  listener: CommitListener;
  book: PictureBook;
  /** Shows an event that is committed to whoever watches the line. */
  tell(line: string, event: LineEvent): void;
  /** What a line's picture follows from has changed otherwise than by commits. */
  reload(line: string): void;
  /** Loads the pictures; goes on trying if the database does not answer. */
  start(): Promise<void>;
  /** False until the pictures have been loaded. */
  hasLoaded(): boolean;
  close(): Promise<void>;
}

/** From commits to topics: pictures change at once, and are published at most ten times a second. */
export function createLive({ pool, clock, shifts, topics, log, onPublished }: LiveOptions): Live {
  const book = new PictureBook(shifts, clock.now());
  const flush = throttled(flushEveryMs, () => {
    if (!loader.hasLoaded) return;
    if (topics.publish(book.takeChanges()).length > 0) onPublished();
  });
  const loader = new PictureLoader({ pool, book, clock, log, onLoaded: flush.request });
  let check: NodeJS.Timeout | undefined;

  return {
    book,
    hasLoaded: () => loader.hasLoaded,
    reload: (line) => loader.request([line]),
    tell(line, event) {
      book.happened(line, event);
      flush.request();
    },
    listener: {
      onCommitted(committed) {
        loader.observe(committed);
        loader.request(book.apply(committed, clock.now()));
        flush.request();
      },
      onLink(change) {
        book.link(change, clock.now());
        flush.request();
      },
      onSignals(signals) {
        loader.request(book.bind(signals));
        flush.request();
      },
    },
    async start() {
      await loader.start();
      const everyMs = clock.realDelayMs(checkEveryPlantMs);
      check = setInterval(
        () => {
          loader.request(book.passTime(clock.now()));
          flush.request();
        },
        Math.min(checkEveryMaxMs, Math.max(checkEveryMinMs, everyMs)),
      );
      flush.request();
    },
    async close() {
      clearInterval(check);
      flush.cancel();
      await loader.close();
    },
  };
}

interface Throttled {
  request: () => void;
  cancel: () => void;
}

/** Runs at once if it has not run lately, else as soon as it may; several requests are one run. */
function throttled(everyMs: number, run: () => void): Throttled {
  let timer: NodeJS.Timeout | undefined;
  let lastMs = -Infinity;
  let isCancelled = false;
  return {
    request: () => {
      if (timer !== undefined || isCancelled) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          lastMs = performance.now();
          run();
        },
        Math.max(0, lastMs + everyMs - performance.now()),
      );
    },
    cancel: () => {
      isCancelled = true;
      clearTimeout(timer);
    },
  };
}
