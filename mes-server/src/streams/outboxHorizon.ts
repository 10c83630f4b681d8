import type { Pool } from "pg";
import { readOutboxEnd } from "../store/readOutboxEnd.ts";
import { takeTransactionNumber } from "../store/takeTransactionNumber.ts";

/**
 * Up to which id the outbox may be sent: below it no id will ever become visible any more.
 *
 * Ids are given out in order, but transactions commit in any. So an id that is missing may be on its way, or
 * belong to a transaction that was rolled back. A transaction has its number before it takes its first id
 * (store/insertOutboxEvents). Hence, of all ids up to the newest one that can be seen, those still missing
 * belong to transactions with numbers below one that is taken now; when all of these have ended, what is
 * missing then stays so. Sinks keep one cursor in the order of ids, which for events of the same equipment
 * is the order in which they came about, as whoever changes it holds its lock while taking the id.
 */
export interface OutboxHorizon {
  /** The last answer. */
  readonly id: number;
  /** Looks how far it has got. */
  advance(): Promise<number>;
}

export function outboxHorizon(pool: Pool): OutboxHorizon {
  let horizonId = 0;
  let waiting: { newestId: number; transaction: bigint } | undefined;

  const look = async (): Promise<number> => {
    const { newestId, gaplessToId, oldestRunning } = await readOutboxEnd(pool, horizonId);
    if (waiting !== undefined && oldestRunning >= waiting.transaction) {
      horizonId = Math.max(horizonId, waiting.newestId);
      waiting = undefined;
    }
    horizonId = Math.max(horizonId, gaplessToId);
    return newestId;
  };

  return {
    get id() {
      return horizonId;
    },
    async advance() {
      const newestId = await look();
      if (newestId > horizonId && waiting === undefined) {
        waiting = { newestId, transaction: await takeTransactionNumber(pool) };
        // Most gaps are of transactions that were rolled back long ago.
        await look();
      }
      return horizonId;
    },
  };
}
