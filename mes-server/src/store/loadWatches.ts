import type { Transaction } from "./statement.ts";
import type { SampleKey } from "../domain/production/sampleOrder.ts";

export interface StoredWatch {
  signal: number;
  /** Id of the signal. */
  id: string;
  watcher: string;
  after: SampleKey;
  state: Record<string, unknown>;
}

/** Every watched signal, and where its watch stands. */
export async function loadWatches(tx: Transaction): Promise<StoredWatch[]> {
  const { rows } = await tx.query<{
    signal: number;
    id: string;
    watcher: string;
    ts: Date;
    epoch: string;
    sequence: string;
    ordinal: number;
    state: Record<string, unknown>;
  }>(
    `SELECT w.signal, s.id, w.watcher, w.ts, w.epoch, w.sequence, w.ordinal, w.state
       FROM signal_watch w JOIN signal s ON s.key = w.signal
      ORDER BY w.signal, w.watcher`,
  );
  return rows.map(({ signal, id, watcher, ts, epoch, sequence, ordinal, state }) => ({
    signal,
    id,
    watcher,
    after: { tsMs: ts.getTime(), epoch: Number(epoch), sequence: Number(sequence), ordinal },
    state,
  }));
}
