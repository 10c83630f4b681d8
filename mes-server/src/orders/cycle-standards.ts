import type { cycleStandardEnd, cycleStandardWanted } from "@only-mes/protocols/console/orders";
import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { endCycleStandard } from "../store/endCycleStandard.ts";
import { insertCycleStandard } from "../store/insertCycleStandard.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockCycleSubject } from "../store/lockCycleSubject.ts";
import { markDirtyHours, type DirtyRange } from "../store/markDirtyHours.ts";
import {
  lockCycleStandard,
  readOverlappingStandard,
  type CycleStandardRow,
} from "../store/readCycleStandardRows.ts";
import { readFirstFact } from "../store/readFirstFact.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readLineUnits } from "../store/readLineUnits.ts";
import { readProductsById } from "../store/readProducts.ts";
import type { Transaction } from "../store/statement.ts";

interface CycleStandardRefusal {
  refusal:
    | "equipment_unknown"
    | "product_unknown"
    | "ideal_cycle_zero"
    | "range_reversed"
    | "cycle_standard_overlaps"
    | "cycle_standard_unknown"
    | "version_overtaken";
  detail: string;
  field: string;
}

/** `changedFromMs`: of what was made, the first time for which another cycle holds now. */
export type CycleStandardOutcome =
  | { standard: CycleStandardRow; changedFromMs: number; field: string }
  | CycleStandardRefusal;

export async function createCycleStandard(
  change: Change,
  wanted: z.infer<typeof cycleStandardWanted>,
): Promise<CycleStandardOutcome> {
  const { tx } = change;
  const { equipment, product, idealCycleSeconds } = wanted;
  const fromMs = Date.parse(wanted.from);
  const toMs = wanted.to === null ? null : Date.parse(wanted.to);
  if (!(idealCycleSeconds > 0)) {
    return refusal("ideal_cycle_zero", `It is ${idealCycleSeconds}.`, "idealCycleSeconds");
  }
  if (toMs !== null && toMs <= fromMs) return refusal("range_reversed", "", "to");
  const line = equipment.includes(".") ? lineOfUnit(equipment) : equipment;
  const units = await readLineUnits(tx, line);
  const isKnown = equipment === line || units?.some(({ id }) => id === equipment) === true;
  if (units === undefined || !isKnown) {
    return refusal("equipment_unknown", `"${equipment}" is no line or unit.`, "equipment");
  }
  if (product !== null && (await readProductsById(tx, [product])).length === 0) {
    return refusal("product_unknown", `"${product}"`, "product");
  }
  const subject = await lockCycleSubject(tx, { line, equipment, product });
  const overlapping = await overlap({ ...change, subject, fromMs, toMs, exceptId: undefined });
  if (overlapping !== undefined) return overlapping;
  const id = await insertCycleStandard(tx, { subject, fromMs, toMs, idealCycleSeconds });
  const of = { id, subject, line, equipment, product };
  const standard: CycleStandardRow = { ...of, fromMs, toMs, idealCycleSeconds, version: 1 };
  const changedFromMs = await afterChange(change, standard, { fromMs, toMs }, "created");
  return { standard, changedFromMs, field: "from" };
}

export async function endStandard(
  change: Change,
  id: string,
  wanted: z.infer<typeof cycleStandardEnd>,
): Promise<CycleStandardOutcome> {
  const { tx, nowMs } = change;
  const known = await lockCycleStandard(tx, id);
  if (known === undefined) return refusal("cycle_standard_unknown", `"${id}"`, "id");
  const { expectedVersion } = wanted;
  if (expectedVersion !== undefined && expectedVersion !== known.version) {
    return refusal("version_overtaken", `It has version ${known.version}.`, "expectedVersion");
  }
  const { subject, fromMs } = known;
  const toMs = wanted.to === null ? null : Date.parse(wanted.to);
  if (toMs !== null && toMs < fromMs) return refusal("range_reversed", "", "to");
  if (toMs === known.toMs) return { standard: known, changedFromMs: nowMs, field: "to" };
  const overlapping = await overlap({ ...change, subject, fromMs, toMs, exceptId: id });
  if (overlapping !== undefined) return overlapping;
  await endCycleStandard(tx, id, toMs);
  const standard = { ...known, toMs, version: known.version + 1 };
  const ends = [known.toMs ?? Infinity, toMs ?? Infinity];
  const lastMs = Math.max(...ends);
  const range = { fromMs: Math.min(...ends), toMs: lastMs === Infinity ? null : lastMs };
  const changedFromMs = await afterChange(change, standard, range, "ended");
  return { standard, changedFromMs, field: "to" };
}

async function overlap(
  range: Parameters<typeof readOverlappingStandard>[1] & Pick<Change, "tx">,
): Promise<CycleStandardRefusal | undefined> {
  const other = await readOverlappingStandard(range.tx, range);
  if (other === undefined) return undefined;
  const to = other.toMs === null ? "until further notice" : `to ${isoOf(other.toMs)}`;
  const detail = `Number ${other.id} holds from ${isoOf(other.fromMs)} ${to}.`;
  return refusal("cycle_standard_overlaps", detail, "from");
}

async function afterChange(
  { tx, nowMs }: Change,
  standard: CycleStandardRow,
  range: { fromMs: number; toMs: number | null },
  happened: "created" | "ended",
): Promise<number> {
  const { id, line, equipment, product, idealCycleSeconds } = standard;
  const made = await madeIn(tx, { line, product, ...range, nowMs });
  await markDirtyHours(tx, made);
  const data = {
    id,
    product,
    idealCycleSeconds,
    from: isoOf(standard.fromMs),
    to: standard.toMs === null ? null : isoOf(standard.toMs),
  };
  await insertOutboxEvents(tx, [
    { kind: `cycleStandard.${happened}`, equipment, atMs: nowMs, data },
  ]);
  return Math.min(nowMs, ...made.map(({ fromMs }) => fromMs));
}

/** When a product was made on a line, within a range; where none is named, all of it since the line is known. */
async function madeIn(
  tx: Transaction,
  within: {
    line: string;
    product: string | null;
    fromMs: number;
    toMs: number | null;
    nowMs: number;
  },
): Promise<DirtyRange[]> {
  const { line, product, nowMs } = within;
  const toMs = Math.min(nowMs, within.toMs ?? nowMs);
  if (product === null) {
    const units = ((await readLineUnits(tx, line)) ?? []).map(({ id }) => id);
    const firstMs = (await readFirstFact(tx, units)) ?? toMs;
    const fromMs = Math.max(within.fromMs, firstMs);
    return fromMs < toMs ? [{ line, fromMs, toMs }] : [];
  }
  const { fromMs } = within;
  if (fromMs >= toMs) return [];
  const intervals = await readJobIntervals(tx, { line, fromMs, toMs });
  return intervals
    .filter((interval) => interval.product === product)
    .map((interval) => ({
      line,
      fromMs: Math.max(fromMs, interval.fromMs),
      toMs: Math.min(toMs, interval.toMs ?? toMs),
    }));
}

function refusal(
  code: CycleStandardRefusal["refusal"],
  detail: string,
  field: string,
): CycleStandardRefusal {
  return { refusal: code, detail, field };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
