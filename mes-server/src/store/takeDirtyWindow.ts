import type { Transaction } from "./statement.ts";

/** Takes the window of late samples of a signal; it stays if the transaction does not commit. */
export async function takeDirtyWindow(
  tx: Transaction,
  signal: number,
): Promise<{ fromMs: number; toMs: number } | undefined> {
  const { rows } = await tx.query<{ from_ts: Date; to_ts: Date }>(
    "DELETE FROM dirty_window WHERE signal = $1 RETURNING from_ts, to_ts",
    [signal],
  );
  const [window] = rows;
  return window && { fromMs: window.from_ts.getTime(), toMs: window.to_ts.getTime() };
}
