import type { Handover, HandoverReport, HandoverStop } from "@only-mes/protocols/console/handover";
import type { Block, Document, Section } from "./document.ts";
import { clockOf, type Clock } from "./local-time.ts";
import { count, lengthText, percent, signed } from "./number-text.ts";
import { downtimeWords } from "./words.ts";

const differencesShown = 12;

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

function production({ production: { jobs, total } }: HandoverReport): Section {
  if (jobs.length === 0) return section("Production", text("No job ran, nothing was made."));
  const rows = jobs.map((job) => [
    job.job ?? "no job",
    job.productName,
    count(job.good),
    count(job.scrap),
    count(job.rework),
    job.target === null ? "–" : count(job.target),
    job.difference === null ? "–" : signed(job.difference),
    job.running ? "running" : "",
  ]);
  const sums = [
    "Together",
    "",
    count(total.good),
    count(total.scrap),
    count(total.rework),
    total.target === null ? "–" : count(total.target),
    total.difference === null ? "–" : signed(total.difference),
    "",
  ];
  return section(
    "Production",
    table(
      ["Job", "Product", "#Good", "#Scrap", "#Reworked", "#Planned", "#Difference", "Now"],
      rows,
      sums,
    ),
  );
}

function time({ time: { parts, losses, minutes }, over }: HandoverReport): Section {
  const whole = over ? "The shift" : "The shift so far";
  const known = parts.reduce((sum, part) => sum + part.minutes, 0);
  const rows = parts.map((part) => [part.label, count(part.minutes)]);
  if (known < minutes) rows.push(["Not known", count(minutes - known)]);
  const blocks = [
    table(["Where the time went", "#min"], rows, [whole, count(Math.max(minutes, known))]),
  ];
  if (losses.length > 0) {
    const lost = losses.reduce((sum, loss) => sum + loss.minutes, 0);
    blocks.push(
      table(
        ["What was lost", "#min"],
        losses.map((loss) => [loss.label, count(loss.minutes)]),
        ["Setup, delays and time without a job", count(lost)],
      ),
    );
  }
  return section("Time", ...blocks);
}

function stops({ stops: list }: HandoverReport, clock: Clock): Section {
  const blocks: Block[] = [];
  const { microstops } = list;
  if (list.byReason.length === 0) blocks.push(text("No stops."));
  else {
    blocks.push(
      table(
        ["By reason", "#Stops", "#min"],
        list.byReason.map(({ label, count: number, minutes }) => [
          label,
          count(number),
          count(minutes),
        ]),
      ),
      table(
        ["The longest", "From", "To", "#min"],
        list.longest.map((stop) => stopRow(stop, clock)),
      ),
    );
  }
  if (list.withoutReason.length > 0) {
    blocks.push(text("Still without a reason:"), {
      kind: "list",
      items: list.withoutReason.map((stop) => stopText(stop, clock)),
    });
  }
  if (microstops.count > 0) {
    blocks.push(
      text(
        `Besides, ${count(microstops.count)} short ${plural("stop", microstops.count)}, ${lengthText(microstops.minutes)} in all.`,
      ),
    );
  }
  return section("Stops", ...blocks);
}

function stopRow({ label, from, to, minutes }: HandoverStop, clock: Clock): string[] {
  return [label, clock.at(from), to === null ? "still on" : clock.at(to), count(minutes)];
}

function stopText({ from, to, minutes }: HandoverStop, clock: Clock): string {
  return `${clock.at(from)} to ${to === null ? "now" : clock.at(to)}, ${lengthText(minutes)}`;
}

function changeovers({ changeovers: list }: HandoverReport, clock: Clock): Section {
  if (list.length === 0) return section("Changeovers", text("None."));
  return section(
    "Changeovers",
    table(
      ["To", "Job", "From", "Until", "#min"],
      list.map(({ productName, job, from, to, minutes }) => [
        productName,
        job,
        clock.at(from),
        to === null ? "still on" : clock.at(to),
        count(minutes),
      ]),
    ),
  );
}

function scrap({ scrap: { byUnit, declared } }: HandoverReport, clock: Clock): Section {
  if (byUnit.length === 0 && declared.length === 0)
    return section("Scrap and rework", text("None."));
  const blocks: Block[] = [];
  if (byUnit.length > 0) {
    blocks.push(
      table(
        ["Machine", "#Scrap", "#Reworked"],
        byUnit.map(({ name, scrap: out, rework }) => [name, count(out), count(rework)]),
      ),
    );
  }
  if (declared.length > 0) {
    blocks.push(text("Declared by hand:"), {
      kind: "list",
      items: declared.map(
        ({ at, quantity, role, equipment }) =>
          `${clock.at(at)}: ${signed(quantity)} ${role} at ${equipment}`,
      ),
    });
  }
  return section("Scrap and rework", ...blocks);
}

function alarms({ alarms: list }: HandoverReport, clock: Clock): Section {
  if (list.byAlarm.length === 0) return section("Alarms", text("None."));
  const blocks: Block[] = [
    table(
      ["Alarm", "Priority", "#Times", "#min"],
      list.byAlarm.map(({ alarm, priority, count: number, minutes }) => [
        alarm,
        priority,
        count(number),
        count(minutes),
      ]),
    ),
  ];
  if (list.standing.length > 0) {
    blocks.push(text("Still standing:"), {
      kind: "list",
      items: list.standing.map(
        ({ alarm, since, acknowledged }) =>
          `${alarm}, since ${clock.at(since)}${acknowledged ? "" : ", not acknowledged"}`,
      ),
    });
  }
  for (const { from, to, alarms: number } of list.floods) {
    blocks.push(
      text(
        `A flood of ${count(number)} alarms from ${clock.at(from)} to ${to === null ? "now" : clock.at(to)}.`,
      ),
    );
  }
  return section("Alarms", ...blocks);
}

function calls({ calls: list }: HandoverReport, clock: Clock): Section {
  if (list.length === 0) return section("Andon calls", text("None."));
  const rows = list.map((call) => [
    clock.at(call.raisedAt),
    call.kind,
    call.unit ?? "line",
    call.note,
    call.answeredAfterMs === null
      ? "not answered"
      : `after ${lengthText(Math.round(call.answeredAfterMs / 60_000))}`,
    call.endedAt === null ? "open" : `closed ${clock.at(call.endedAt)}`,
  ]);
  return section("Andon calls", table(["At", "For", "Where", "Note", "Answered", "Now"], rows));
}

function quality(
  { quality: { measurements, signals, due } }: HandoverReport,
  clock: Clock,
): Section {
  const blocks: Block[] = [
    text(`${count(measurements)} ${plural("measurement", measurements)} taken.`),
  ];
  if (signals.length > 0) {
    blocks.push({
      kind: "list",
      items: signals.map(({ name, what, at }) => `${clock.at(at)} ${name}: ${what}`),
    });
  }
  if (due.length > 0) {
    blocks.push(text("Samples that are due:"), {
      kind: "list",
      items: due.map(({ name, dueAt }) =>
        dueAt === null ? name : `${name}, since ${clock.at(dueAt)}`,
      ),
    });
  }
  return section("Quality", ...blocks);
}

function people({ labour }: HandoverReport, clock: Clock): Section {
  if (labour.signedOn.length === 0) return section("People", text("Nobody has signed on."));
  const rows = labour.signedOn.map(({ person, role, equipment, from, to, minutes }) => [
    person,
    role,
    equipment,
    clock.at(from),
    to === null ? "still on" : clock.at(to),
    count(minutes),
  ]);
  const total = [
    `${count(labour.persons)} ${plural("person", labour.persons)}`,
    "",
    "",
    "",
    "",
    count(labour.minutes),
  ];
  return section("People", table(["Who", "As", "Where", "From", "To", "#min"], rows, total));
}

function ahead({ ahead: planned, queue }: HandoverReport, clock: Clock): Section {
  const items = [
    ...planned.map(
      ({ kind, equipment, from, to }) =>
        `${downtimeWords[kind] ?? kind} at ${equipment}, ${clock.at(from)} to ${clock.at(to)}`,
    ),
    ...queue.map(
      ({ job, productName, quantity, unit }) =>
        `Job ${job}: ${count(quantity)} ${unit} of ${productName}`,
    ),
  ];
  return section(
    "What comes next",
    items.length === 0 ? text("Nothing is planned or waits.") : { kind: "list", items },
  );
}

function notes({ notes: list }: HandoverReport, clock: Clock): Section {
  if (list.length === 0) return section("Notes", text("None."));
  return section("Notes", {
    kind: "list",
    items: list.map(
      ({ at, actor, topic, text: said }) =>
        `${clock.at(at)} ${actor}${topic === "other" ? "" : ` (${topic})`}: ${said}`,
    ),
  });
}

function signatures(signOffs: Handover["signOffs"], clock: Clock): Section {
  const blocks = signOffs.flatMap(({ side, actor, at, hash, differences }): Block[] => {
    const who = side === "leaving" ? "Handed over" : "Taken over";
    const line = text(`${who} by ${actor}, ${clock.at(at)} (report ${hash.slice(0, 12)}).`);
    if (differences.length === 0) return [line];
    const items = differences
      .slice(0, differencesShown)
      .map(({ what, signed: was, now }) => `${what}: ${was ?? "not there"} → ${now ?? "gone"}`);
    if (differences.length > differencesShown) {
      items.push(`and ${count(differences.length - differencesShown)} more`);
    }
    return [line, text("Since then other:"), { kind: "list", items }];
  });
  return section("Sign-off", ...(blocks.length === 0 ? [text("Nobody has signed yet.")] : blocks));
}

function section(title: string, ...blocks: Block[]): Section {
  return { title, blocks };
}

function text(content: string): Block {
  return { kind: "text", text: content };
}

function table(head: string[], rows: string[][], total?: string[]): Block {
  return { kind: "table", head, rows, ...(total === undefined ? {} : { total }) };
}

function stopsText(number: number): string {
  return `${count(number)} ${plural("stop", number)}`;
}

function plural(word: string, number: number): string {
  return number === 1 ? word : `${word}s`;
}
