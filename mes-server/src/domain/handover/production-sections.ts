import type { HandoverReport, HandoverStop } from "@only-mes/protocols/console/handover";
import type { Block, Section } from "./document.ts";
import type { Clock } from "./local-time.ts";
import { count, lengthText, signed } from "./number-text.ts";
import { placeOf, plural, section, table, text } from "./section-parts.ts";

export function production({ production: { jobs, total } }: HandoverReport): Section {
  if (jobs.length === 0) return section("Production", text("No job ran, nothing was made."));
  const rows = jobs.map((job) => [
    job.job ?? "no job",
    job.job === null ? "–" : job.productName,
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

export function time({ time: { parts, losses, minutes }, over }: HandoverReport): Section {
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
        losses.filter((loss) => loss.minutes > 0).map((loss) => [loss.label, count(loss.minutes)]),
        ["Setup, delays and time without a job", count(lost)],
      ),
    );
  }
  return section("Time", ...blocks);
}

export function stops({ stops: list }: HandoverReport, clock: Clock): Section {
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

export function changeovers({ changeovers: list }: HandoverReport, clock: Clock): Section {
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

export function scrap(
  { scrap: { byUnit, declared }, line }: HandoverReport,
  clock: Clock,
): Section {
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
          `${clock.at(at)}: ${signed(quantity)} ${role} at ${placeOf(equipment, line.id)}`,
      ),
    });
  }
  return section("Scrap and rework", ...blocks);
}
