import type { KpiItem, kpiFigures } from "@only-mes/protocols/console/kpis";
import type { z } from "zod";
import type { TallyGroup } from "../domain/kpi/grouping.ts";
import { kpisOf, piecesOf, timesOf } from "../domain/kpi/kpis.ts";
import type { KpiTally } from "../domain/kpi/tally.ts";
import type { CsvTable } from "./csv.ts";
import { isoOf } from "./window.ts";

/** Of a tally: its KPIs, and all that they are made of. */
export type KpiBody = Omit<KpiItem, "key" | "from" | "to">;

const microsecondsOfMs = 1_000;

export function kpiBodyOf(tally: KpiTally): KpiBody {
  const { flags, ...kpis } = kpisOf(tally);
  const { unscheduledMs, plannedDowntimeMs, aptMs, asutMs, adetMs, adotMs } = tally;
  const { stops, stopMs, microstops, microstopMs, failures, failureMs } = tally;
  return {
    kpis: kpis satisfies z.infer<typeof kpiFigures>,
    flags,
    times: {
      ...timesOf(tally),
      unscheduledMs,
      plannedDowntimeMs,
      aptMs,
      asutMs,
      adetMs,
      adotMs,
    },
    pieces: {
      total: piecesOf(tally),
      good: tally.goodPieces,
      scrap: tally.scrapPieces,
      rework: tally.reworkPieces,
    },
    idealMs: tally.idealUs / microsecondsOfMs,
    stops: { stops, stopMs, microstops, microstopMs, failures, failureMs },
    lossMs: tally.lossMs,
  };
}

export function kpiItemOf({ key, fromMs, toMs, tally }: TallyGroup): KpiItem {
  return { key, from: isoOf(fromMs), to: isoOf(toMs), ...kpiBodyOf(tally) };
}

/** Ratios as they are, times in ms: a spreadsheet can pool them again. */
export const kpiCsv: CsvTable<KpiItem> = {
  name: "kpis",
  columns: {
    key: ({ key }) => key,
    from: ({ from }) => from,
    to: ({ to }) => to,
    oee: ({ kpis }) => kpis.oee,
    availability: ({ kpis }) => kpis.availability,
    effectiveness: ({ kpis }) => kpis.effectiveness,
    quality: ({ kpis }) => kpis.quality,
    nee: ({ kpis }) => kpis.nee,
    teep: ({ kpis }) => kpis.teep,
    good_pieces: ({ pieces }) => pieces.good,
    scrap_pieces: ({ pieces }) => pieces.scrap,
    rework_pieces: ({ pieces }) => pieces.rework,
    calendar_ms: ({ times }) => times.calendarMs,
    unscheduled_ms: ({ times }) => times.unscheduledMs,
    planned_downtime_ms: ({ times }) => times.plannedDowntimeMs,
    pbt_ms: ({ times }) => times.pbtMs,
    apt_ms: ({ times }) => times.aptMs,
    asut_ms: ({ times }) => times.asutMs,
    adet_ms: ({ times }) => times.adetMs,
    adot_ms: ({ times }) => times.adotMs,
    ideal_ms: ({ idealMs }) => idealMs,
    stops: ({ stops }) => stops.stops,
    stop_ms: ({ stops }) => stops.stopMs,
    microstops: ({ stops }) => stops.microstops,
    failures: ({ stops }) => stops.failures,
    failure_ms: ({ stops }) => stops.failureMs,
    over_hundred: ({ flags }) => flags.overHundred,
    no_standard_share: ({ flags }) => flags.noStandardShare,
    unobserved_share: ({ flags }) => flags.unobservedShare,
    produced_outside_plan_share: ({ flags }) => flags.producedOutsidePlanShare,
  },
};
