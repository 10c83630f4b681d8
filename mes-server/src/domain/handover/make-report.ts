import type { HandoverReport } from "@only-mes/protocols/console/handover";
import { kpisOf } from "../kpi/kpis.ts";
import { lossClasses } from "../stops/stop.ts";
import { endWithin, isoTime, type HandoverFacts } from "./handover-facts.ts";
import { productionRows } from "./production-rows.ts";
import { minutesOf, withMinutes } from "./rounded-parts.ts";
import { clipped, stopLists } from "./stop-lists.ts";
import { lossWords, timeWords } from "./words.ts";

const alarmsMax = 10;

/** The report of a shift: the same facts always make the same one. */
export function makeReport(facts: HandoverFacts): HandoverReport {
  const { line, timeZone, shift, toMs, isOver, recalculating } = facts;
  const { id, name, businessDate, crew, startMs, endMs } = shift;
  return {
    line,
    timeZone,
    shift: { id, name, businessDate, crew, from: isoTime(startMs), to: isoTime(endMs) },
    to: isoTime(toMs),
    over: isOver,
    recalculating,
    time: timeOf(facts),
    ...figuresOf(facts),
    production: productionRows(facts),
    stops: stopLists(facts),
    changeovers: changeoversOf(facts),
    scrap: scrapOf(facts),
    alarms: alarmsOf(facts),
    calls: callsOf(facts),
    quality: qualityOf(facts),
    labour: labourOf(facts),
    ahead: facts.plannedDowntimes
      .filter(({ kind, toMs: until }) => kind !== "break" && until > toMs)
      .map(({ kind, equipment, ...range }) => ({
        kind,
        equipment,
        from: isoTime(range.fromMs),
        to: isoTime(range.toMs),
      })),
    queue: facts.queue.map(({ job, product, quantity, state }) => ({
      job,
      productName: facts.products.get(product)?.name ?? product,
      quantity,
      unit: facts.products.get(product)?.unit ?? "pieces",
      state,
    })),
    notes: [...facts.notes],
  };
}

/** The losses are parts of three of the elements: their minutes add up to the minutes of those. */
function timeOf({ tally, shift, toMs }: HandoverFacts): HandoverReport["time"] {
  const ms = toMs - shift.startMs;
  const keys = Object.keys(timeWords) as (keyof typeof timeWords)[];
  const elements = keys
    .map((key) => ({ key, label: timeWords[key], ms: tally[key] }))
    .filter((each) => each.ms > 0);
  const parts = withMinutes(elements);
  const lost = parts.filter(({ key }) => key === "asutMs" || key === "adetMs" || key === "adotMs");
  const losses = lossClasses
    .map((lossClass) => ({ lossClass, label: lossWords[lossClass], ms: tally.lossMs[lossClass] }))
    .filter((each) => each.ms > 0)
    .sort((a, b) => b.ms - a.ms);
  const lostMinutes = lost.reduce((sum, { minutes }) => sum + minutes, 0);
  return { ms, minutes: minutesOf(ms), parts, losses: withMinutes(losses, lostMinutes) };
}

function figuresOf({ tally, toMs, shift, recalculating }: HandoverFacts) {
  const { availability, effectiveness, quality, oee, flags } = kpisOf(tally);
  const cautions: string[] = [];
  if (flags.overHundred) {
    cautions.push(
      "Performance is over 100 %: the ideal cycle is set too slow, or pieces are counted twice.",
    );
  }
  if (flags.noStandardShare > 0) {
    cautions.push(
      `For ${percent(flags.noStandardShare)} of the pieces no ideal cycle is known; performance says nothing of them.`,
    );
  }
  if (flags.unobservedShare > 0) {
    cautions.push(
      `For ${percent(flags.unobservedShare)} of the planned time nobody saw what the line did.`,
    );
  }
  if (flags.producedOutsidePlanShare > 0) {
    cautions.push(
      `${percent(flags.producedOutsidePlanShare)} of the production ran in breaks or planned downtime.`,
    );
  }
  if (recalculating) cautions.push("Late data is still being worked in: some figures will change.");
  const tallied = elementsOf(tally);
  if (tallied < toMs - shift.startMs) {
    const minutes = minutesOf(toMs - shift.startMs - tallied);
    if (minutes > 0) cautions.push(`Nothing is known of ${minutes} min of the shift.`);
  }
  return {
    kpis: {
      availability: availability ?? null,
      effectiveness: effectiveness ?? null,
      quality: quality ?? null,
      oee: oee ?? null,
    },
    cautions,
  };
}

function elementsOf(tally: HandoverFacts["tally"]): number {
  const keys = Object.keys(timeWords) as (keyof typeof timeWords)[];
  return keys.reduce((sum, key) => sum + tally[key], 0);
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 0.1 ? "less than 0.1 %" : `${value.toFixed(1)} %`;
}

function changeoversOf({ jobs, products, shift, toMs }: HandoverFacts) {
  const rows = jobs
    .filter(({ phase }) => phase === "setup")
    .flatMap((interval) =>
      clipped(interval, shift.startMs, toMs).map((range) => ({
        job: interval.job,
        productName: products.get(interval.product)?.name ?? interval.product,
        from: isoTime(interval.fromMs),
        to: endWithin(interval.toMs, toMs),
        ms: range.toMs - range.fromMs,
      })),
    );
  return withMinutes(rows);
}

function scrapOf({ byUnit, units, declared }: HandoverFacts): HandoverReport["scrap"] {
  return {
    byUnit: byUnit
      .filter(({ tally }) => tally.scrapPieces !== 0 || tally.reworkPieces !== 0)
      .map(({ unit, tally }) => ({
        unit,
        name: units.find(({ id }) => id === unit)?.name ?? unit,
        scrap: tally.scrapPieces,
        rework: tally.reworkPieces,
      })),
    declared: declared.map(({ equipment, role, atMs, quantity }) => ({
      equipment,
      role,
      at: isoTime(atMs),
      quantity,
    })),
  };
}

function alarmsOf({ alarms, floods, shift, toMs }: HandoverFacts): HandoverReport["alarms"] {
  const raised = alarms.filter(({ raisedAtMs }) => raisedAtMs >= shift.startMs);
  const rows = [...Map.groupBy(alarms, ({ alarm }) => alarm)].map(([alarm, own]) => ({
    alarm,
    unit: own[0]?.unit ?? "",
    priority: own[0]?.priority ?? "",
    count: own.filter(({ raisedAtMs }) => raisedAtMs >= shift.startMs).length,
    ms: own.reduce((sum, { raisedAtMs, clearedAtMs }) => {
      const ranges = clipped({ fromMs: raisedAtMs, toMs: clearedAtMs }, shift.startMs, toMs);
      return sum + ranges.reduce((total, range) => total + range.toMs - range.fromMs, 0);
    }, 0),
  }));
  return {
    count: raised.length,
    byAlarm: withMinutes(rows.sort((a, b) => b.count - a.count || b.ms - a.ms)).slice(0, alarmsMax),
    standing: alarms
      .filter(({ clearedAtMs }) => clearedAtMs === null || clearedAtMs > toMs)
      .map(({ alarm, raisedAtMs, isAcknowledged }) => ({
        alarm,
        since: isoTime(raisedAtMs),
        acknowledged: isAcknowledged,
      })),
    floods: floods.map(({ fromMs, toMs: endMs, alarms: number }) => ({
      from: isoTime(fromMs),
      to: endWithin(endMs, toMs),
      alarms: number,
    })),
  };
}

/** As they stood when the shift ended: what came of them afterwards is of the next one. */
function callsOf({ calls, toMs }: HandoverFacts): HandoverReport["calls"] {
  return calls.map(({ raisedAtMs, acknowledgedAtMs, endedAtMs, state, ...call }) => {
    const isAnswered = acknowledgedAtMs !== null && acknowledgedAtMs <= toMs;
    const endedAt = endWithin(endedAtMs, toMs);
    return {
      ...call,
      state: endedAt === null ? (isAnswered ? "answered" : "raised") : state,
      raisedAt: isoTime(raisedAtMs),
      answeredAfterMs: isAnswered ? acknowledgedAtMs - raisedAtMs : null,
      endedAt,
    };
  });
}

function qualityOf({ measurements, spcSignals, dueSamples }: HandoverFacts) {
  return {
    measurements,
    signals: spcSignals.map(({ atMs, ...signal }) => ({ ...signal, at: isoTime(atMs) })),
    due: dueSamples.map(({ characteristic, name, dueAtMs }) => ({
      characteristic,
      name,
      dueAt: dueAtMs === null ? null : isoTime(dueAtMs),
    })),
  };
}

function labourOf({ labour, shift, toMs }: HandoverFacts): HandoverReport["labour"] {
  const rows = labour.flatMap((interval) =>
    clipped(interval, shift.startMs, toMs).map((range) => ({
      person: interval.person,
      equipment: interval.equipment,
      role: interval.role,
      from: isoTime(interval.fromMs),
      to: endWithin(interval.toMs, toMs),
      ms: range.toMs - range.fromMs,
    })),
  );
  const ms = rows.reduce((sum, row) => sum + row.ms, 0);
  const persons = new Set(rows.map(({ person }) => person)).size;
  return { persons, ms, minutes: minutesOf(ms), signedOn: withMinutes(rows) };
}
