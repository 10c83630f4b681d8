import type { KpiWindow } from "./deriveWindows.ts";
import { hourFloor, hourMs } from "./segments.ts";
import { addTallies, isEmptyTally, tallyDifference, type KpiTally } from "./tally.ts";

/**
 * What has to be added to `known` to come to `now`, one row for each equipment, hour, shift and job that
 * differs: windows that are cut otherwise but add up to the same make no difference.
 */
export function adjustmentsOf(now: readonly KpiWindow[], known: readonly KpiWindow[]): KpiWindow[] {
  const nowBy = Map.groupBy(now, keyOf);
  const knownBy = Map.groupBy(known, keyOf);
  const keys = [...new Set([...nowBy.keys(), ...knownBy.keys()])].sort();
  return keys.flatMap((key) => {
    const [of] = nowBy.get(key) ?? knownBy.get(key) ?? [];
    const tally = tallyDifference(pooled(nowBy.get(key)), pooled(knownBy.get(key)));
    if (of === undefined || isEmptyTally(tally)) return [];
    const fromMs = hourFloor(of.fromMs);
    return [{ ...of, fromMs, toMs: fromMs + hourMs, tally }];
  });
}

/** What takes back all that was added. */
export function reversalOf(adjustments: readonly KpiWindow[]): KpiWindow[] {
  return adjustmentsOf([], adjustments);
}

function pooled(windows: readonly KpiWindow[] = []): KpiTally {
  return addTallies(windows.map(({ tally }) => tally));
}

function keyOf(window: KpiWindow): string {
  const { equipment, fromMs, shift, businessDate, crew, job, order, product } = window;
  return JSON.stringify([
    equipment,
    hourFloor(fromMs),
    shift,
    businessDate,
    crew,
    job,
    order,
    product,
  ]);
}
