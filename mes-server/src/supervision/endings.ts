import type { Logger } from "pino";

/** What was begun, to be ended in the opposite order. */
export interface Endings {
  push(name: string, end: () => Promise<void> | void): void;
  /** Ends all; one that fails does not keep the others. */
  all(): Promise<void>;
}

export function endings(log: Logger): Endings {
  const stack: { name: string; end: () => Promise<void> | void }[] = [];
  return {
    push(name, end) {
      stack.push({ name, end });
    },
    async all() {
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        const { name, end } = next;
        const begin = performance.now();
        try {
          await end();
          log.debug({ name, ms: Math.round(performance.now() - begin) }, "ended");
        } catch (error) {
          log.warn({ err: error, name }, "could not be ended cleanly");
        }
      }
    },
  };
}
