import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";

/** A process that this server started. */
export interface OwnedProcess {
  pid: number;
  /** Settles when it has ended, wanted or not. */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** A process that is started again when it ends by itself. */
export interface KeptProcess {
  readonly pid: number;
  close(): Promise<void>;
}

const restartMsMin = 200;
const restartMsMax = 5000;

/** Takes over a running process; `start` must bring up another one that can be reached as the first. */
export function keepRunning(
  name: string,
  running: OwnedProcess,
  start: () => Promise<OwnedProcess>,
  log: Logger,
): KeptProcess {
  let present = running;
  const life = { isClosing: false };

  const watch = async (): Promise<void> => {
    for (;;) {
      await present.ended;
      if (life.isClosing) return;
      log.error({ pid: present.pid }, `the ${name} ended; starting it again`);
      const started = await startAgain();
      if (started === undefined) return;
      present = started;
      if (life.isClosing) await present.close();
      else log.info({ pid: present.pid }, `the ${name} runs again`);
    }
  };

  const startAgain = async (): Promise<OwnedProcess | undefined> => {
    for (let waitMs = restartMsMin; !life.isClosing; waitMs = Math.min(waitMs * 2, restartMsMax)) {
      try {
        return await start();
      } catch (error) {
        log.error({ err: error }, `the ${name} could not be started; trying again`);
        await delay(waitMs);
      }
    }
    return undefined;
  };

  const watched = watch();
  return {
    get pid() {
      return present.pid;
    },
    async close() {
      life.isClosing = true;
      await present.close();
      await watched;
    },
  };
}
