import { lineOfEquipment } from "../domain/quality/place.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { readSignalKeys } from "../store/readSignalKeys.ts";
import type { Transaction } from "../store/statement.ts";
import { watchSignals } from "../store/watchSignals.ts";
import { qualityWatcherName } from "./qualityWatcher.ts";

/**
 * Another product was made on a line from an instant on than was believed: what is measured of products by
 * signals there is picked again.
 */
export async function watchProducts(
  tx: Transaction,
  { line, fromMs }: { line: string; fromMs: number },
): Promise<void> {
  const ids = new Set<string>();
  for (const versions of (await readCharacteristicVersions(tx)).values()) {
    for (const { sampling, product } of versions) {
      if (product === null || sampling.by === "hand") continue;
      if (lineOfEquipment(sampling.signal) === line) ids.add(sampling.signal);
    }
  }
  if (ids.size === 0) return;
  const keys = await readSignalKeys(tx, [...ids]);
  await watchSignals(
    tx,
    qualityWatcherName,
    [...keys.values()].map((signal) => ({ signal, fromMs })),
  );
}
