import { lineOfEquipment } from "../domain/quality/place.ts";
import { inForceOrder, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { pickingSpan, subgroupsOfReadings, type Span } from "../domain/quality/signal-subgroups.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readReadings } from "../store/readReadings.ts";
import { readSignalKeys } from "../store/readSignalKeys.ts";
import { replaceSignalMeasurements } from "../store/replaceSignalMeasurements.ts";
import type { Transaction } from "../store/statement.ts";

/**
 * Picks the measurements of a characteristic from its signals again wherever a sample of the range bears
 * on them. Answers from when on something is other than it was. The caller holds the characteristic's lock.
 */
export async function pickFromSignal(
  tx: Transaction,
  versions: readonly CharacteristicVersion[],
  range: Span,
): Promise<number | undefined> {
  const ordered = inForceOrder(versions);
  let changedFromMs: number | undefined;
  for (const [index, version] of ordered.entries()) {
    const toMs = ordered[index + 1]?.fromMs ?? Infinity;
    const firstMs = await pickOfVersion(tx, version, { fromMs: version.fromMs, toMs }, range);
    if (firstMs !== undefined) changedFromMs = Math.min(firstMs, changedFromMs ?? firstMs);
  }
  return changedFromMs;
}

async function pickOfVersion(
  tx: Transaction,
  version: CharacteristicVersion,
  inForce: Span,
  range: Span,
): Promise<number | undefined> {
  const { id: characteristic, sampling, subgroupSize, isRetired } = version;
  const span =
    sampling.by === "hand"
      ? range
      : {
          fromMs: pickingSpan(sampling, range.fromMs).fromMs,
          toMs: pickingSpan(sampling, range.toMs - 1).toMs,
        };
  const fromMs = Math.max(span.fromMs, inForce.fromMs);
  const toMs = Math.min(span.toMs, inForce.toMs);
  if (fromMs >= toMs) return undefined;
  if (sampling.by === "hand" || isRetired) {
    return replaceSignalMeasurements(tx, { characteristic, equipment: "", fromMs, toMs }, []);
  }
  const equipment = version.equipment ?? sampling.signal.split(".").slice(0, 2).join(".");
  const signal = (await readSignalKeys(tx, [sampling.signal])).get(sampling.signal);
  const readings = signal === undefined ? [] : await readReadings(tx, { signal, fromMs, toMs });
  const spans = await producedSpans(tx, version, lineOfEquipment(equipment), { fromMs, toMs });
  const counted = readings.filter(({ atMs }) =>
    spans.some((s) => s.fromMs <= atMs && atMs < s.toMs),
  );
  return replaceSignalMeasurements(
    tx,
    { characteristic, equipment, fromMs, toMs },
    subgroupsOfReadings(sampling, subgroupSize, counted),
  );
}

/** A characteristic of a product is measured while the line makes that product. */
async function producedSpans(
  tx: Transaction,
  { product }: CharacteristicVersion,
  line: string,
  range: Span,
): Promise<Span[]> {
  if (product === null) return [range];
  const jobs = await readJobIntervals(tx, { line, ...range });
  return jobs
    .filter((job) => job.product === product)
    .map((job) => ({ fromMs: job.fromMs, toMs: job.toMs ?? Infinity }));
}
