import { startChild, type Child, type ChildCommand, type ReadyMessage } from "./child.ts";

/**
 * A process that is started again whenever it dies. The command is asked for at each start, so that
 * ports which were chosen once are kept.
 */
export interface Supervised {
  readonly name: string;
  current(): Child;
  /** Settles when the process that runs now is ready; after a death, when the next one is. */
  ready(): Promise<ReadyMessage>;
  /** How often it has been started again. */
  restarts(): number;
  stop(graceMs: number): Promise<void>;
}

const restartDelayMs = [100, 200, 500, 1000, 2000, 5000];

/** A process that lived this long is healthy: the next restart does not wait. */
const healthyAfterMs = 10_000;

export async function supervise(
  command: (lastReady: ReadyMessage | undefined) => ChildCommand,
  onRestart: (name: string, why: string) => void,
): Promise<Supervised> {
  let stopping = false;
  let restarts = 0;
  let failures = 0;
  let lastReady: ReadyMessage | undefined;
  let timer: NodeJS.Timeout | undefined;
  let next = Promise.withResolvers<ReadyMessage>();

  let child = launch();
  lastReady = await child.ready;

  function launch(): Child {
    const started = startChild(command(lastReady));
    const startedAt = performance.now();
    started.ready.then(
      (message) => {
        lastReady = message;
        next.resolve(message);
      },
      () => {},
    );
    void started.exited.then(({ code, signal, lastWords }) => {
      if (stopping || lastReady === undefined) return;
      failures = performance.now() - startedAt > healthyAfterMs ? 0 : failures + 1;
      const delayMs = restartDelayMs[Math.min(failures, restartDelayMs.length) - 1] ?? 0;
      next = Promise.withResolvers<ReadyMessage>();
      onRestart(started.name, signal ?? `code ${code}: ${lastWords.trim().split("\n").at(-1)}`);
      timer = setTimeout(() => {
        restarts += 1;
        child = launch();
      }, delayMs);
    });
    return started;
  }

  return {
    name: child.name,
    current: () => child,
    ready: () => next.promise,
    restarts: () => restarts,
    async stop(graceMs) {
      stopping = true;
      clearTimeout(timer);
      await child.stop(graceMs);
    },
  };
}
