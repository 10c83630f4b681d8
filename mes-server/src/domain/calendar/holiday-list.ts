import { dateOf, dayOf } from "./days.ts";

export interface NamedDate {
  date: string;
  name: string;
}

export interface HolidayList {
  holidays: NamedDate[];
  /** With any of these, nothing is to be taken. */
  problems: string[];
}

const problemsMax = 20;
const daysMax = 31;
const holidaysMax = 1_000;

/**
 * Reads holidays from the text of an iCalendar file (RFC 5545: events of whole days), or from lines such as
 * `2026-12-25 Christmas Day`, in which # begins a comment.
 */
export function readHolidayList(text: string): HolidayList {
  const list = /^\uFEFF?BEGIN:VCALENDAR/i.test(text.trimStart())
    ? fromEvents(text)
    : fromLines(text);
  if (list.problems.length === 0 && list.holidays.length === 0) {
    list.problems.push("There is no holiday in it.");
  }
  if (list.holidays.length > holidaysMax) {
    list.problems.push(`It has ${list.holidays.length} days; at most ${holidaysMax} are taken.`);
  }
  return { holidays: list.holidays, problems: list.problems.slice(0, problemsMax) };
}

function fromLines(text: string): HolidayList {
  const list: HolidayList = { holidays: [], problems: [] };
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.split("#", 1)[0]?.trim() ?? "";
    if (line === "") continue;
    const date = line.slice(0, 10);
    const name = line.slice(10).replace(/^[\s,;]+/, "");
    if (!isDate(date)) {
      list.problems.push(`Line ${index + 1} does not begin with a date such as 2026-12-25.`);
    } else if (name === "" || name.length > 120) {
      list.problems.push(`Line ${index + 1} has no name of 1 to 120 characters after its date.`);
    } else list.holidays.push({ date, name });
  }
  return list;
}

interface CalendarEvent {
  line: number;
  start?: string;
  end?: string;
  summary?: string;
  repeats?: true;
}

function fromEvents(text: string): HolidayList {
  const list: HolidayList = { holidays: [], problems: [] };
  let event: CalendarEvent | undefined;
  for (const { line, content } of unfolded(text)) {
    const colon = content.indexOf(":");
    const [property = ""] = content.slice(0, colon).toUpperCase().split(";", 1);
    const value = content.slice(colon + 1).trim();
    if (property === "BEGIN" && value.toUpperCase() === "VEVENT") event = { line };
    else if (event === undefined) continue;
    else if (property === "END" && value.toUpperCase() === "VEVENT") {
      take(event, list);
      event = undefined;
    } else if (property === "DTSTART") event.start = value;
    else if (property === "DTEND") event.end = value;
    else if (property === "SUMMARY") event.summary = unescaped(value);
    else if (property === "RRULE" || property === "RDATE") event.repeats = true;
  }
  return list;
}

function take({ line, start, end, summary, repeats }: CalendarEvent, list: HolidayList): void {
  const name = summary?.trim().slice(0, 120) ?? "";
  const first = dateOfValue(start);
  const after = end === undefined ? undefined : dateOfValue(end);
  const problem = (what: string): void => {
    list.problems.push(`The event of line ${line}${name === "" ? "" : `, "${name}",`} ${what}.`);
  };
  if (repeats === true) return problem("repeats");
  if (name === "") return problem("has no summary");
  if (first === undefined) return problem("does not begin with a whole day");
  if (end !== undefined && after === undefined) return problem("does not end with a whole day");
  const from = dayOf(first);
  const to = after === undefined ? from + 1 : Math.max(from + 1, dayOf(after));
  if (to - from > daysMax) return problem(`lasts longer than ${daysMax} days`);
  for (let day = from; day < to; day += 1) list.holidays.push({ date: dateOf(day), name });
}

function dateOfValue(value: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value ?? "") ?? [];
  const date = `${year}-${month}-${day}`;
  return isDate(date) ? date : undefined;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < "1990" || text >= "2200") return false;
  const day = dayOf(text);
  return !Number.isNaN(day) && dateOf(day) === text;
}

/** A line that begins with a blank goes on with the one before it. */
function unfolded(text: string): { line: number; content: string }[] {
  const lines: { line: number; content: string }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (last !== undefined && /^[ \t]/.test(raw)) last.content += raw.slice(1);
    else lines.push({ line: index + 1, content: raw });
  }
  return lines;
}

function unescaped(value: string): string {
  return value.replaceAll(/\\([,;\\])/g, "$1").replaceAll(/\\[nN]/g, " ");
}
