import type { Handover, HandoverReport } from "@only-mes/protocols/console/handover";
import type { Block, Document, Section } from "./document.ts";
import { clockOf, type Clock } from "./local-time.ts";
import { count, lengthText, percent } from "./number-text.ts";
import { changeovers, production, scrap, stops, time } from "./production-sections.ts";
import {
  ahead,
  alarms,
  calls,
  notes,
  people,
  quality,
  signatures,
} from "./surrounding-sections.ts";
import { plural, stopsText } from "./section-parts.ts";

/** The report as a supervisor reads it, times in the zone of the site. */
export function handoverDocument({ report, signOffs }: Handover): Document {
  const clock = clockOf(report.timeZone, report.shift.from);
  const { shift, line } = report;
  return {
    title: `Shift handover: ${line.name}, ${shift.name} shift of ${clock.day(shift.from)}`,
    subtitle: subtitleOf(report, clock),
    sections: [
      glance(report, clock),
      production(report),
      time(report),
      stops(report, clock),
      changeovers(report, clock),
      scrap(report, clock),
      alarms(report, clock),
      calls(report, clock),
      quality(report, clock),
      people(report, clock),
      ahead(report, clock),
      notes(report, clock),
      signatures(signOffs, clock),
    ],
  };
}

function subtitleOf({ shift, timeZone, over, to }: HandoverReport, clock: Clock): string {
  const crew = shift.crew === null ? "" : `, crew ${shift.crew}`;
  const state = over ? "The shift is over." : `The shift is still on: told up to ${clock.at(to)}.`;
  return `${clock.at(shift.from)} to ${clock.at(shift.to)} (${timeZone})${crew}. ${state}`;
}

function glance(
  {
    kpis,
    production: { total },
    stops: list,
    calls: called,
    alarms: raised,
    quality: checked,
    cautions,
  }: HandoverReport,
  clock: Clock,
): Section {
  const { availability, effectiveness, quality: good, oee } = kpis;
  const longest = list.longest.find(({ lossClass }) => lossClass !== "setup");
  const items = [
    oee === null
      ? `OEE cannot be told; availability ${percent(availability)}, performance ${percent(effectiveness)}, quality ${percent(good)}.`
      : `OEE ${percent(oee)}: availability ${percent(availability)}, performance ${percent(effectiveness)}, quality ${percent(good)}.`,
    `${count(total.good)} good pieces${targetText(total.target, total.difference)}; ${count(total.scrap)} scrap${total.rework === 0 ? "" : `, ${count(total.rework)} reworked`}.`,
    list.count === 0
      ? "No stops."
      : `${stopsText(list.count)}, ${lengthText(list.minutes)} in all${longest === undefined ? "" : `; the longest: ${longest.label}, ${lengthText(longest.minutes)} from ${clock.at(longest.from)}`}.`,
  ];
  if (list.withoutReason.length > 0)
    items.push(`${stopsText(list.withoutReason.length)} still without a reason.`);
  if (list.open.length > 0)
    items.push(
      `The line stands ${list.open.map(({ label, from }) => `since ${clock.at(from)}, ${label.toLowerCase()}`).join("; ")}.`,
    );
  const openCalls = called.filter(({ endedAt }) => endedAt === null);
  if (openCalls.length > 0)
    items.push(`${count(openCalls.length)} andon ${plural("call", openCalls.length)} not closed.`);
  if (raised.standing.length > 0)
    items.push(
      `${count(raised.standing.length)} ${plural("alarm", raised.standing.length)} still standing.`,
    );
  const out = checked.signals.filter(({ rule }) => rule === "outOfSpec").length;
  if (out > 0) items.push(`${count(out)} ${plural("measurement", out)} out of specification.`);
  const blocks: Block[] = [{ kind: "list", items }];
  if (cautions.length > 0) {
    blocks.push(
      { kind: "text", text: "Before you trust the figures:" },
      { kind: "list", items: cautions },
    );
  }
  return { title: "At a glance", blocks };
}

function targetText(target: number | null, difference: number | null): string {
  if (target === null || difference === null) return "";
  if (difference === 0) return `, exactly the ${count(target)} planned`;
  const side = difference > 0 ? "more than" : "short of";
  return `, ${count(Math.abs(difference))} ${side} the ${count(target)} planned`;
}
