import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { Transaction } from "./statement.ts";

/** Another host has watched meanwhile, or what is watched has changed: load the watches again. */
export class WatchOvertaken extends Error {}

/** What is watched, and whose turn it is: both numbers are raised by whoever changes something. */
export interface WatchPlace {
  list: number;
  turn: number;
}

export async function readWatchPlace(tx: Transaction): Promise<WatchPlace> {
  const { rows } = await tx.query<{ list: string; turn: string }>({
    name: "readWatchPlace",
    text: "SELECT list, turn FROM watch_turn",
    values: [],
  });
  return { list: Number(rows[0]?.list), turn: Number(rows[0]?.turn) };
}

/** @throws {WatchOvertaken} if it is no longer this host's turn. */
export async function takeWatchTurn(tx: Transaction, { list, turn }: WatchPlace): Promise<void> {
  const { rowCount } = await tx.query({
    name: "takeWatchTurn",
    text: "UPDATE watch_turn SET turn = turn + 1 WHERE list = $1 AND turn = $2",
    values: [list, turn],
  });
  if (rowCount !== 1) throw new WatchOvertaken("the watch has been overtaken");
}

export async function advanceWatches(
  tx: Transaction,
  watches: readonly { signal: number; watcher: string; after: SampleKey; state: unknown }[],
): Promise<void> {
  if (watches.length === 0) return;
  await tx.query({
    name: "advanceWatches",
    text: `UPDATE signal_watch w
              SET ts = n.ts, epoch = n.epoch, sequence = n.sequence, ordinal = n.ordinal,
                  state = n.state::jsonb
             FROM unnest($1::int[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[],
                         $6::int[], $7::text[])
               AS n(signal, watcher, ts, epoch, sequence, ordinal, state)
            WHERE w.signal = n.signal AND w.watcher = n.watcher`,
    values: [
      watches.map(({ signal }) => signal),
      watches.map(({ watcher }) => watcher),
      watches.map(({ after }) => new Date(after.tsMs)),
      watches.map(({ after }) => after.epoch),
      watches.map(({ after }) => after.sequence),
      watches.map(({ after }) => after.ordinal),
      watches.map(({ state }) => JSON.stringify(state)),
    ],
  });
}
