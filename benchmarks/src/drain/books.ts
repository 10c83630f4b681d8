import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Samples, by the file of an outbox that nobody has open, and by the database of the server. */
export interface Books {
  produced: number;
  acknowledged: number;
  dropped: number;
  /** Counted message by message, not taken from the gateway's own account. */
  held: number;
  /** At least what was acknowledged: the last acknowledgements found no gateway any more. */
  stored: number;
}

export function heldOnDisk(gatewayDir: string): Omit<Books, "stored"> {
  const db = new DatabaseSync(join(gatewayDir, "outbox.db"));
  try {
    const account = db.prepare("SELECT * FROM account").get();
    const message = db.prepare("SELECT coalesce(sum(samples), 0) AS held FROM message").get();
    return {
      produced: Number(account?.["produced_samples"]),
      acknowledged: Number(account?.["acknowledged_samples"]),
      dropped: Number(account?.["dropped_samples"]),
      held: Number(message?.["held"]),
    };
  } finally {
    db.close();
  }
}

/** Samples that are in no account, and those that were acknowledged and are not in the database. */
export function missing({ produced, acknowledged, dropped, held, stored }: Books): number {
  const unaccounted = Math.abs(produced - acknowledged - held - dropped);
  return unaccounted + Math.max(0, acknowledged - stored);
}
