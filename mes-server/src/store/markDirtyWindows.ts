import type { LateWindow } from "../pipeline/laneTask.ts";
import type { Transaction } from "./statement.ts";

/** Late samples: their windows are to be folded again. Survives a restart. */
export async function markDirtyWindows(
  tx: Transaction,
  windows: readonly LateWindow[],
): Promise<void> {
  if (windows.length === 0) return;
  await tx.query({
    name: "markDirtyWindows",
    text: `INSERT INTO dirty_window (signal, from_ts, to_ts)
           SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[])
           ON CONFLICT (signal) DO UPDATE
             SET from_ts = least(dirty_window.from_ts, excluded.from_ts),
                 to_ts = greatest(dirty_window.to_ts, excluded.to_ts)`,
    values: [
      windows.map(({ signal }) => signal),
      windows.map(({ fromMs }) => new Date(fromMs)),
      windows.map(({ toMs }) => new Date(toMs)),
    ],
  });
}
