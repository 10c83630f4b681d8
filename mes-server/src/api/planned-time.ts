import type { PlannedDowntimeKind } from "@only-mes/protocols/console/calendar";
import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { Change } from "../changes/carryOut.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { isPlaceOfShifts } from "../store/isPlaceOfShifts.ts";
import { isUnit } from "../store/isUnit.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readLinePlaces } from "../store/readLinePlaces.ts";
import type { Transaction } from "../store/statement.ts";
import type { ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOf } from "./window.ts";

interface Times {
  fromMs: number;
  toMs: number;
}

const lengthMsMax = 92 * 86_400_000;

/** @throws {ApiFailure} if they run backwards, or are too far from each other. */
export function checkTimes(fromMs: number, toMs: number): Times {
  if (fromMs >= toMs) {
    const detail = `${isoOf(fromMs)} is not before ${isoOf(toMs)}.`;
    throw new ApiFailure("planned_downtime_reversed", detail, "to");
  }
  if (toMs - fromMs > lengthMsMax) {
    throw new ApiFailure("planned_downtime_too_long", undefined, "to");
  }
  return { fromMs, toMs };
}

/** @throws {ApiFailure} if there is no such unit, line, area, site or enterprise. */
export async function expectDowntimePlace(tx: Transaction, equipment: string): Promise<void> {
  if (await isPlaceOfShifts(tx, equipment)) return;
  if (await isUnit(tx, equipment)) return;
  throw new ApiFailure("equipment_unknown", `"${equipment}"`, "equipment");
}

/**
 * What of the past is planned otherwise now is derived again, on every line that it is about.
 *
 * @throws {ApiFailure} if that reaches into a closed period.
 */
export async function tellPlanned(
  { siteTimeZone }: ApiContext,
  { tx, nowMs, occurredAtMs }: Change,
  event: "plannedDowntime.planned" | "plannedDowntime.changed" | "plannedDowntime.cancelled",
  row: { id: string; equipment: string; kind: PlannedDowntimeKind } & Times,
  ranges: readonly Times[],
): Promise<void> {
  const past = ranges
    .filter(({ fromMs }) => fromMs < nowMs)
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, nowMs) }));
  if (past.length > 0) {
    for (const { line, fromMs, toMs } of await partsOfLines(
      tx,
      siteTimeZone,
      row.equipment,
      past,
    )) {
      await expectUnlocked(tx, line, fromMs, "from");
      await markDirtyHours(tx, [{ line, fromMs, toMs: toMs - 1 }]);
    }
  }
  const { id, equipment, kind, fromMs, toMs } = row;
  const data = { id, kind, from: isoOf(fromMs), to: isoOf(toMs) };
  await insertOutboxEvents(tx, [{ kind: event, equipment, atMs: occurredAtMs, data }]);
}

/** The parts of ranges in which lines lay under some equipment. */
async function partsOfLines(
  tx: Transaction,
  defaultZone: string,
  equipment: string,
  ranges: readonly Times[],
): Promise<(Times & { line: string })[]> {
  if (equipment.includes(".")) {
    return ranges.map((range) => ({ ...range, line: lineOfUnit(equipment) }));
  }
  const places = await readLinePlaces(tx, { defaultZone });
  return places.flatMap(({ line, belonged }) =>
    belonged
      .filter((each) => each.equipment === equipment)
      .flatMap((lay) =>
        ranges.map(({ fromMs, toMs }) => ({
          line,
          fromMs: Math.max(fromMs, lay.fromMs),
          toMs: Math.min(toMs, lay.toMs),
        })),
      )
      .filter(({ fromMs, toMs }) => fromMs < toMs),
  );
}
