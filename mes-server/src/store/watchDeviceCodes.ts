import type { SignalRole } from "@only-mes/protocols/plant/signal";
import type { Transaction } from "./statement.ts";
import { watchSignals } from "./watchSignals.ts";

/** As in `signal_watch.watcher`. */
export const codeWatcherName = "codes";

const roles: ReadonlySet<SignalRole> = new Set(["stopCode", "machineMode"]);

/** Stop codes and modes are kept as they change, from the first sample on that there is of them. */
export async function watchDeviceCodes(
  tx: Transaction,
  signals: readonly { key: number; definition: { role: SignalRole } }[],
): Promise<void> {
  const keys = signals.filter(({ definition }) => roles.has(definition.role)).map(({ key }) => key);
  if (keys.length === 0) return;
  const { rows } = await tx.query<{ signal: number }>(
    "SELECT signal FROM signal_watch WHERE watcher = $1 AND signal = ANY($2)",
    [codeWatcherName, keys],
  );
  const known = new Set(rows.map(({ signal }) => signal));
  await watchSignals(
    tx,
    codeWatcherName,
    keys.filter((key) => !known.has(key)).map((signal) => ({ signal, fromMs: 0 })),
  );
}
