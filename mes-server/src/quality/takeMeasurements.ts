import type { Change } from "../changes/carryOut.ts";
import { versionAt, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { insertMeasurements, type MeasurementFact } from "../store/insertMeasurements.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockCharacteristics } from "../store/lockCharacteristics.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import type { SpcSignalRow } from "../store/replaceSpcSignals.ts";
import { evaluateCharts } from "./evaluateCharts.ts";

/** Definitions of some characteristics, nobody else changing what follows from them until the commit. */
export async function lockedVersions(
  { tx }: Pick<Change, "tx">,
  ids: readonly string[],
): Promise<Map<string, CharacteristicVersion[]>> {
  await lockCharacteristics(tx, ids);
  return readCharacteristicVersions(tx, ids);
}

/** Keeps what was measured or corrected, and what follows from it; answers the signals that this began. */
export async function takeMeasurements(
  { tx }: Pick<Change, "tx">,
  versionsOf: ReadonlyMap<string, CharacteristicVersion[]>,
  facts: readonly MeasurementFact[],
): Promise<SpcSignalRow[]> {
  await insertMeasurements(tx, facts);
  await insertOutboxEvents(
    tx,
    facts.map((fact) => ({
      kind: fact.id === fact.subject ? "quality.measured" : "quality.corrected",
      equipment: fact.equipment,
      atMs: fact.takenAtMs,
      data: {
        measurement: fact.subject,
        characteristic: fact.characteristic,
        name: nameAt(versionsOf.get(fact.characteristic) ?? [], fact.takenAtMs),
        values: fact.readings,
        inspected: fact.inspected,
        isWithdrawn: fact.isWithdrawn,
      },
    })),
  );
  const begun: SpcSignalRow[] = [];
  for (const [id, versions] of versionsOf) {
    const times = facts.filter(({ characteristic }) => characteristic === id);
    if (times.length === 0) continue;
    const fromMs = Math.min(...times.map(({ takenAtMs }) => takenAtMs));
    begun.push(...(await evaluateCharts(tx, versions, fromMs)));
  }
  return begun;
}

function nameAt(versions: readonly CharacteristicVersion[], atMs: number): string {
  return versionAt(versions, atMs)?.name ?? "";
}
