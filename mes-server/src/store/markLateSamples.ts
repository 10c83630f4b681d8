import type { LateWindow } from "../pipeline/laneTask.ts";
import type { Transaction } from "./statement.ts";

/** Samples came late: those of watched signals are watched again from the oldest on. */
export async function markLateSamples(
  tx: Transaction,
  windows: readonly LateWindow[],
): Promise<void> {
  if (windows.length === 0) return;
  await tx.query({
    name: "markLateSamples",
    text: `INSERT INTO watch_mark (signal, from_ts)
           SELECT late.signal, late.from_ts
             FROM unnest($1::int[], $2::timestamptz[]) AS late(signal, from_ts)
            WHERE EXISTS (SELECT FROM signal_watch w WHERE w.signal = late.signal)`,
    values: [windows.map(({ signal }) => signal), windows.map(({ fromMs }) => new Date(fromMs))],
  });
}
