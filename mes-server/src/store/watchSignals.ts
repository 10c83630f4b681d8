import type { Transaction } from "./statement.ts";

/**
 * Watches signals from a source time on, in the transaction of what asks for it; signals that this
 * watcher watches already are watched again from there. Samples that a lane is just committing are
 * not missed: the lock waits for them, and later ones find the row.
 */
export async function watchSignals(
  tx: Transaction,
  watcher: string,
  signals: readonly { signal: number; fromMs: number }[],
): Promise<void> {
  if (signals.length === 0) return;
  const values = [
    signals.map(({ signal }) => signal),
    signals.map(({ fromMs }) => new Date(fromMs)),
  ];
  await takeWatchList(tx);
  await tx.query("LOCK TABLE watch_mark IN SHARE ROW EXCLUSIVE MODE");
  await tx.query(
    `INSERT INTO signal_watch (signal, watcher, ts, epoch, sequence, ordinal, state)
     SELECT signal, $3, min(from_ts), -1, -1, -1, '{}'
       FROM unnest($1::int[], $2::timestamptz[]) AS w(signal, from_ts) GROUP BY signal
     ON CONFLICT (signal, watcher) DO NOTHING`,
    [...values, watcher],
  );
  await tx.query(
    `INSERT INTO watch_mark (signal, from_ts)
     SELECT signal, min(from_ts)
       FROM unnest($1::int[], $2::timestamptz[]) AS w(signal, from_ts) GROUP BY signal`,
    values,
  );
}

/** What was made of their samples stays. */
export async function unwatchSignals(
  tx: Transaction,
  watcher: string,
  signals: readonly number[],
): Promise<void> {
  if (signals.length === 0) return;
  await takeWatchList(tx);
  await tx.query("DELETE FROM signal_watch WHERE watcher = $1 AND signal = ANY($2)", [
    watcher,
    signals,
  ]);
}

/**
 * Whoever changes what is watched for takes this first, before any row that the watch writes too: a turn
 * of the watch begins with the same row.
 */
export async function takeWatchList(tx: Transaction): Promise<void> {
  await tx.query("UPDATE watch_turn SET list = list + 1");
}
