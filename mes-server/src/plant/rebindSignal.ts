import { isCounterRole, type SignalRole } from "@only-mes/protocols/plant/signal";
import type { SignalMeaning } from "../domain/plant/effective-definition.ts";
import type { RecalculatedWindow } from "../commit/committed.ts";
import { clearCounts } from "../store/clearCounts.ts";
import { clearStates, lockStates } from "../store/clearStates.ts";
import { deleteSignalBinding } from "../store/deleteSignalBinding.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { markDirtyWindows } from "../store/markDirtyWindows.ts";
import { overtakeLineFold } from "../store/overtakeLineFold.ts";
import { putSignalBinding } from "../store/putSignalBinding.ts";
import { readSampleRange } from "../store/readSampleRange.ts";
import type { SignalBindingRow } from "../store/readSignalBinding.ts";
import { readStateSignals } from "../store/readStateSignals.ts";
import { settleDefinitions } from "../store/settleDefinitions.ts";
import type { Transaction } from "../store/statement.ts";

/**
 * Binds a signal to a unit and a meaning, or with no `to` leaves it to its births again. What followed
 * from the old meaning is removed, and all its samples are marked to be folded anew. Locks are taken in the
 * order of commit/commitBatch; the row of the signal is locked by the caller.
 *
 * Answers what is no longer as it was, for the live side.
 */
export async function rebindSignal(
  tx: Transaction,
  signal: SignalBindingRow,
  to: { unit: string; meaning: SignalMeaning } | undefined,
  nowMs: number,
): Promise<{ version: number; recalculated: RecalculatedWindow[] }> {
  const { key, unit: before, definition } = signal;
  const line = definition.line.id;
  const first = await readSampleRange(tx, key);
  await lockStates(tx, to === undefined ? [before] : [before, to.unit]);
  if (first !== undefined) {
    await markDirtyHours(tx, [{ line, fromMs: first.fromMs, toMs: Math.max(nowMs, first.toMs) }]);
  }
  await overtakeLineFold(tx, line);

  let version = 0;
  if (to === undefined) await deleteSignalBinding(tx, key);
  else
    version = await putSignalBinding(tx, {
      signal: key,
      unit: to.unit,
      meaning: to.meaning,
      atMs: nowMs,
    });
  const states = await readStateSignals(tx, before);
  const [settled] = await settleDefinitions(tx, [key]);

  const all = await readSampleRange(tx, key);
  if (all === undefined) return { version, recalculated: [] };
  const again = [{ signal: key, ...all }];
  const { role } = definition;
  if (isCounterRole(role)) {
    await clearCounts(tx, { unit: before, signal: key, fromMs: all.fromMs });
  }
  if (role === "machineState") {
    await clearStates(tx, { unit: before, fromMs: all.fromMs }, nowMs);
    // Another signal may have made some of these states, before this one or behind it.
    for (const other of states.filter((each) => each.key !== key)) {
      const range = await readSampleRange(tx, other.key);
      if (range !== undefined) again.push({ signal: other.key, ...range });
    }
  }
  await markDirtyWindows(
    tx,
    again.filter(({ signal: of }) => of !== key || isFolded(settled?.definition.role)),
  );
  const units = [...new Set([before, settled?.unit ?? before])];
  return { version, recalculated: units.map((unit) => ({ unit, ...all })) };
}

function isFolded(role: SignalRole | undefined): boolean {
  return role !== undefined && (isCounterRole(role) || role === "machineState");
}
