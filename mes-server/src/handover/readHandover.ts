import type { HandoverReport } from "@only-mes/protocols/console/handover";
import type { PoolClient } from "pg";
import type { LineShift } from "../domain/calendar/shifts.ts";
import { floodsOf } from "../domain/alarms/floods.ts";
import type { HandoverFacts } from "../domain/handover/handover-facts.ts";
import { makeReport } from "../domain/handover/make-report.ts";
import { versionAt } from "../domain/quality/characteristic.ts";
import { ruleText } from "../domain/quality/rule-text.ts";
import { deriveStops } from "../domain/stops/deriveStops.ts";
import { readTallyWithin } from "../kpi/readTally.ts";
import { readJobTallies } from "./readJobTallies.ts";
import { readLabour } from "../labour/readLabour.ts";
import { readDueSamples } from "../quality/readDueSamples.ts";
import { countMeasurements } from "../store/countMeasurements.ts";
import { readHandoverNotes } from "../store/handoverNotes.ts";
import { readAlarmsOfShift } from "../store/readAlarmsOfShift.ts";
import { readCallsOfShift } from "../store/readCallsOfShift.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { readCycleStandards } from "../store/readCycleStandards.ts";
import { readDeclaredCounts } from "../store/readDeclaredCounts.ts";
import { readJobIntervals } from "../store/readJobIntervals.ts";
import { readJobQuantities } from "../store/readJobQuantities.ts";
import { readLineUnits } from "../store/readLineUnits.ts";
import { readPlannedDowntimes } from "../store/readPlannedDowntimes.ts";
import { readProductsById } from "../store/readProducts.ts";
import { readReasonTree } from "../store/readReasonTree.ts";
import { readSpcSignals } from "../store/readSpcSignals.ts";
import { readStopInputs } from "../store/readStopInputs.ts";
import { readWaitingJobs } from "../store/readWaitingJobs.ts";

export interface HandoverQuestion {
  line: { id: string; name: string };
  unitNames: ReadonlyMap<string, string>;
  timeZone: string;
  shift: LineShift;
  nowMs: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
const signalsMax = 200;
const queueMax = 10;
/** What waits now says something to those who take over, and nothing in the report of an older shift. */
const queueMs = 8 * hourMs;
/** Of the next shift, what is planned. */
const aheadMs = 12 * hourMs;
/** A flood that began before the shift is known by its raises of so long before. */
const floodMemoryMs = hourMs;

/** The report of a shift, from all that the other parts know of it; to be read in one snapshot. */
export async function readHandoverReport(
  tx: PoolClient,
  question: HandoverQuestion,
): Promise<HandoverReport> {
  return makeReport(await readFacts(tx, question));
}

async function readFacts(tx: PoolClient, question: HandoverQuestion): Promise<HandoverFacts> {
  const { line, shift, nowMs, timeZone } = question;
  const isOver = shift.endMs <= nowMs;
  // A report of a running shift is of a full minute, so that two who read it read the same.
  const toMs = isOver
    ? shift.endMs
    : Math.max(shift.startMs, Math.floor(nowMs / minuteMs) * minuteMs);
  const range = { line: line.id, fromMs: shift.startMs, toMs };
  const asked = { equipment: line.id, fromMs: shift.startMs, toMs };
  const byJob = await readTallyWithin(tx, nowMs, { ...asked, by: "job" });
  const byUnit = await readTallyWithin(tx, nowMs, { ...asked, by: "equipment" });
  const jobs = await readJobIntervals(tx, range);
  const units = await readUnits(tx, question);
  const isLast = nowMs < shift.endMs + queueMs;
  const queue = !isLast ? [] : await readWaitingJobs(tx, { line: line.id, limit: queueMax });
  const [inputs] = [...(await readStopInputs(tx, { ...asked, equipment: [line.id] })).values()];
  const alarms = await readAlarmsOfShift(tx, range);
  const { id, name, businessDate, crew, startMs, endMs } = shift;
  return {
    line,
    timeZone,
    shift: { id, name, businessDate, crew, startMs, endMs },
    toMs,
    isOver,
    recalculating: byJob.recalculating,
    tally: byJob.total,
    byJob: await readJobTallies(tx, { asked, nowMs, jobs, units }, byJob),
    byUnit: byUnit.groups.flatMap(({ key, tally }) => (key === null ? [] : [{ unit: key, tally }])),
    units,
    products: await readProducts(tx, [
      ...jobs.map(({ product }) => product),
      ...queue.map(({ product }) => product),
    ]),
    jobs,
    jobQuantities: await readJobQuantities(
      tx,
      jobs.map(({ job }) => job),
    ),
    queue,
    standards: await readCycleStandards(tx, range),
    declared: await readDeclaredCounts(tx, range),
    stops: inputs === undefined ? [] : deriveStops(inputs),
    reasons: await readReasonTree(tx),
    plannedDowntimes: await readPlannedDowntimes(tx, { ...range, toMs: endMs + aheadMs }),
    alarms,
    floods: await readFloods(tx, range),
    calls: await readCallsOfShift(tx, range),
    measurements: await countMeasurements(tx, range),
    spcSignals: await readSignals(tx, range),
    dueSamples: await readDueSamples(tx, line.id, toMs),
    labour: await readLabour(tx, { ...range, nowMs }),
    notes: await readHandoverNotes(tx, { line: line.id, shiftFromMs: startMs }),
  };
}

async function readUnits(tx: PoolClient, { line, unitNames }: HandoverQuestion) {
  const units = (await readLineUnits(tx, line.id)) ?? [];
  return units.map(({ idealRatePerMinute, targetRatePerMinute, ...unit }) => ({
    ...unit,
    name: unitNames.get(unit.id) ?? unit.id,
    idealRatePerMinute: idealRatePerMinute ?? undefined,
    targetRatePerMinute: targetRatePerMinute ?? undefined,
  }));
}

async function readProducts(tx: PoolClient, ids: readonly string[]) {
  const products = await readProductsById(tx, [...new Set(ids)]);
  return new Map(products.map(({ id, name, unit }) => [id, { name, unit }]));
}

interface LineRange {
  line: string;
  fromMs: number;
  toMs: number;
}

/** A flood that began before the shift and goes on in it is one of it. */
async function readFloods(tx: PoolClient, range: LineRange) {
  const before = { ...range, fromMs: range.fromMs - floodMemoryMs };
  const raises = (await readAlarmsOfShift(tx, before)).map(({ raisedAtMs }) => raisedAtMs);
  return floodsOf(
    raises.filter((atMs) => atMs >= before.fromMs),
    range.toMs,
  ).filter(({ toMs }) => toMs === null || toMs > range.fromMs);
}

async function readSignals(tx: PoolClient, range: LineRange) {
  const rows = await readSpcSignals(tx, { ...range, limit: signalsMax });
  const versions = await readCharacteristicVersions(
    tx,
    rows.map(({ characteristic }) => characteristic),
  );
  return rows.map(({ characteristic, rule, atMs }) => ({
    characteristic,
    name: versionAt(versions.get(characteristic) ?? [], atMs)?.name ?? characteristic,
    rule,
    what: ruleText(rule),
    atMs,
  }));
}
