import type { Change } from "../changes/carryOut.ts";
import {
  inForceOrder,
  phasesOf,
  type CharacteristicDefinition,
  type CharacteristicVersion,
} from "../domain/quality/characteristic.ts";
import { insertCharacteristicVersion } from "../store/insertCharacteristicVersion.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockCharacteristics } from "../store/lockCharacteristics.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { ApiFailure } from "../api/failure.ts";
import { readSignalKeys } from "../store/readSignalKeys.ts";
import type { Transaction } from "../store/statement.ts";
import { watchSignals } from "../store/watchSignals.ts";
import { evaluateCharts } from "./evaluateCharts.ts";
import { pickFromSignal } from "./pickFromSignal.ts";
import { qualityWatcherName } from "./qualityWatcher.ts";

export type WantedCharacteristic = CharacteristicDefinition & { id: string };

const dayMs = 86_400_000;
/** A definition that comes into force in the past has everything since judged again, and picked from samples. */
const backDaysMax = { hand: 31, signal: 1 };

/**
 * A definition that is in force from the command's time on. What follows from it is derived again.
 *
 * @param onlyIfOther nothing is kept if the same is in force already. Only for what is said of many at
 *   once: a definition that repeats the one before it still holds against one between them that comes late.
 * @returns whether it was kept
 * @throws {ApiFailure} if that time is too long ago.
 */
export async function putCharacteristic(
  { tx, commandId, occurredAtMs, nowMs }: Change,
  wanted: WantedCharacteristic,
  { onlyIfOther = false }: { onlyIfOther?: boolean } = {},
): Promise<boolean> {
  const { id } = wanted;
  await lockCharacteristics(tx, [id]);
  const known = (await readCharacteristicVersions(tx, [id])).get(id) ?? [];
  const before = inForceOrder(known).findLast(({ fromMs }) => fromMs <= occurredAtMs);
  if (onlyIfOther && before !== undefined && isSame(before, wanted)) return false;
  if (occurredAtMs < nowMs - backDaysMax[wanted.sampling.by] * dayMs) {
    throw new ApiFailure(
      "characteristic_too_far_back",
      new Date(occurredAtMs).toISOString(),
      "occurredAt",
    );
  }
  const version: CharacteristicVersion = {
    ...wanted,
    version: known.length + 1,
    fromMs: occurredAtMs,
    command: commandId,
  };
  await insertCharacteristicVersion(tx, version, nowMs);
  const versions = [...known, version];
  await watch(tx, wanted, nowMs);
  await pickFromSignal(tx, versions, { fromMs: occurredAtMs, toMs: nowMs + dayMs });
  // The phase before may have lost the end of its baseline.
  const cut = phasesOf(known).findLast(({ fromMs }) => fromMs < occurredAtMs);
  await evaluateCharts(tx, versions, Math.min(occurredAtMs, cut?.fromMs ?? occurredAtMs));
  const { equipment, name } = wanted;
  if (equipment !== null) {
    const kind = wanted.isRetired ? "characteristic.retired" : "characteristic.defined";
    const data = { characteristic: id, name, version: version.version };
    await insertOutboxEvents(tx, [{ kind, equipment, atMs: occurredAtMs, data }]);
  }
  return true;
}

/** What was committed before now is picked at once; the watch brings what comes. */
async function watch(
  tx: Transaction,
  { sampling }: WantedCharacteristic,
  fromMs: number,
): Promise<void> {
  if (sampling.by === "hand") return;
  const signal = (await readSignalKeys(tx, [sampling.signal])).get(sampling.signal);
  if (signal !== undefined) await watchSignals(tx, qualityWatcherName, [{ signal, fromMs }]);
}

function isSame(before: CharacteristicVersion, wanted: WantedCharacteristic): boolean {
  const { version: _, fromMs: __, command: ___, ...definition } = before;
  return JSON.stringify(canonical(definition)) === JSON.stringify(canonical(wanted));
}

function canonical(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(canonical);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}
