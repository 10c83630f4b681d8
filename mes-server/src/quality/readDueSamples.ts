import { dueBy } from "../domain/quality/due.ts";
import { inForceOrder, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { lineOfEquipment } from "../domain/quality/place.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readLastMeasurements } from "../store/readMeasurements.ts";
import { readPiecesSince } from "../store/readPiecesSince.ts";
import { readRunningProducts } from "../store/readRunningProducts.ts";
import type { Transaction } from "../store/statement.ts";

export interface DueSampleRow {
  characteristic: string;
  name: string;
  equipment: string | null;
  product: string | null;
  lastTakenAtMs: number | null;
  dueAtMs: number | null;
  overdueMs: number;
  piecesOver: number | null;
}

/** Samples by hand that are due by now, the longest overdue first. */
export async function readDueSamples(
  db: Transaction,
  line: string | undefined,
  nowMs: number,
): Promise<DueSampleRow[]> {
  const found: DueSampleRow[] = [];
  for (const versions of (await readCharacteristicVersions(db)).values()) {
    const definition = inForceOrder(versions).findLast(({ fromMs }) => fromMs <= nowMs);
    if (definition === undefined || definition.isRetired) continue;
    const row = await dueOf(db, definition, line, nowMs);
    if (row !== undefined) found.push(row);
  }
  return found.sort(
    (a, b) => b.overdueMs - a.overdueMs || (a.characteristic < b.characteristic ? -1 : 1),
  );
}

async function dueOf(
  db: Transaction,
  definition: CharacteristicVersion,
  line: string | undefined,
  nowMs: number,
): Promise<DueSampleRow | undefined> {
  const { id: characteristic, name, sampling, equipment, product } = definition;
  if (sampling.by === "signal") return undefined;
  if (sampling.everyMinutes === undefined && sampling.everyPieces === undefined) return undefined;
  const madeSinceMs = await runningSince(db, definition, line, nowMs);
  if (madeSinceMs === undefined) return undefined;
  const [last] = await readLastMeasurements(db, {
    characteristic,
    fromMs: definition.fromMs,
    toMs: nowMs + 1,
    limit: 1,
  });
  const sinceMs = Math.max(last?.atMs ?? definition.fromMs, madeSinceMs);
  const piecesSince =
    sampling.everyPieces === undefined || equipment === null
      ? 0
      : await readPiecesSince(db, { equipment, fromMs: sinceMs, toMs: nowMs });
  const { isDue, dueAtMs, piecesOver } = dueBy({ sampling, sinceMs, piecesSince }, nowMs);
  if (!isDue) return undefined;
  return {
    characteristic,
    name,
    equipment,
    product,
    lastTakenAtMs: last?.atMs ?? null,
    dueAtMs,
    overdueMs: dueAtMs === null ? 0 : Math.max(0, nowMs - dueAtMs),
    piecesOver,
  };
}

/** Since when it is to be measured; `undefined` if it is of another line, or its product is not made. */
async function runningSince(
  db: Transaction,
  { equipment, product }: CharacteristicVersion,
  line: string | undefined,
  nowMs: number,
): Promise<number | undefined> {
  const own = equipment === null ? line : lineOfEquipment(equipment);
  if (line !== undefined && own !== line) return undefined;
  if (product === null) return -Infinity;
  const jobs =
    own === undefined
      ? await readRunningProducts(db, nowMs)
      : await readJobIntervals(db, { line: own, fromMs: nowMs, toMs: nowMs + 1 });
  const running = jobs.filter((job) => job.product === product).map(({ fromMs }) => fromMs);
  return running.length === 0 ? undefined : Math.min(...running);
}
