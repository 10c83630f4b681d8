import type { Handover, HandoverReport } from "@only-mes/protocols/console/handover";
import type { Block, Section } from "./document.ts";
import type { Clock } from "./local-time.ts";
import { count, lengthText } from "./number-text.ts";
import { placeOf, plural, section, table, text } from "./section-parts.ts";
import { downtimeWords } from "./words.ts";

const differencesShown = 12;

export function alarms({ alarms: list, line }: HandoverReport, clock: Clock): Section {
  if (list.byAlarm.length === 0) return section("Alarms", text("None."));
  const blocks: Block[] = [
    table(
      ["Alarm", "Priority", "#Times", "#min"],
      list.byAlarm.map(({ alarm, priority, count: number, minutes }) => [
        placeOf(alarm, line.id),
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
          `${placeOf(alarm, line.id)}, since ${clock.at(since)}${acknowledged ? "" : ", not acknowledged"}`,
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

export function calls({ calls: list, line }: HandoverReport, clock: Clock): Section {
  if (list.length === 0) return section("Andon calls", text("None."));
  const rows = list.map((call) => [
    clock.at(call.raisedAt),
    call.kind,
    placeOf(call.unit ?? line.id, line.id),
    call.note,
    call.answeredAfterMs === null
      ? "not answered"
      : `after ${lengthText(Math.round(call.answeredAfterMs / 60_000))}`,
    call.endedAt === null ? "open" : `closed ${clock.at(call.endedAt)}`,
  ]);
  return section("Andon calls", table(["At", "For", "Where", "Note", "Answered", "Now"], rows));
}

export function quality(
  { quality: { measurements, signals, due } }: HandoverReport,
  clock: Clock,
): Section {
  const blocks: Block[] = [
    text(`${count(measurements)} ${plural("measurement", measurements)} taken.`),
  ];
  if (signals.length > 0) {
    const groups = Map.groupBy(signals, ({ name, what }) => `${name}: ${what}`);
    const items = [...groups].map(([said, [first, ...more]]) =>
      more.length === 0
        ? `${said}, at ${clock.at(first?.at ?? "")}`
        : `${said}, ${count(more.length + 1)} times, first at ${clock.at(first?.at ?? "")}`,
    );
    blocks.push({ kind: "list", items });
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

export function people({ labour, line }: HandoverReport, clock: Clock): Section {
  if (labour.signedOn.length === 0) return section("People", text("Nobody has signed on."));
  const rows = labour.signedOn.map(({ person, role, equipment, from, to, minutes }) => [
    person,
    role,
    placeOf(equipment, line.id),
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

export function ahead({ ahead: planned, queue, line }: HandoverReport, clock: Clock): Section {
  const items = [
    ...planned.map(
      ({ kind, equipment, from, to }) =>
        `${downtimeWords[kind] ?? kind} at ${placeOf(equipment, line.id)}, ${clock.at(from)} to ${clock.at(to)}`,
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

export function notes({ notes: list }: HandoverReport, clock: Clock): Section {
  if (list.length === 0) return section("Notes", text("None."));
  return section("Notes", {
    kind: "list",
    items: list.map(
      ({ at, actor, topic, text: said }) =>
        `${clock.at(at)} ${actor}${topic === "other" ? "" : ` (${topic})`}: ${said}`,
    ),
  });
}

export function signatures(signOffs: Handover["signOffs"], clock: Clock): Section {
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
