import type { IntlShape } from "react-intl";
import { useIntl } from "react-intl";
import type { MessageId } from "./messages/en.ts";

type Values = Record<string, string | number>;

/** How this brand says and writes things: its words, numbers and times. */
export interface Speech {
  t: (id: MessageId, values?: Values) => string;
  /** A word of the plant itself, such as a signal's name, or the plant's own spelling of it. */
  own: (family: "signal" | "area" | "shift", name: string) => string;
  count: (value: number) => string;
  /** With its sign: +12, −23, 0. */
  signed: (value: number) => string;
  share: (value: number) => string;
  measured: (value: number) => string;
  clock: (ms: number) => string;
  hourMinute: (ms: number) => string;
  dayTime: (ms: number) => string;
  /** Coarse, for ages: "12 s", "3 min". */
  age: (ms: number) => string;
}

const speeches = new WeakMap<IntlShape, Speech>();

export function useSpeech(): Speech {
  return speechOf(useIntl());
}

export function speechOf(intl: IntlShape): Speech {
  const known = speeches.get(intl);
  if (known !== undefined) return known;
  const speech = speechIn(intl);
  speeches.set(intl, speech);
  return speech;
}

function speechIn(intl: IntlShape): Speech {
  const { locale } = intl;
  const time = (parts: Intl.DateTimeFormatOptions) => timeFormat(locale, intl.timeZone, parts);
  const t: Speech["t"] = (id, values) => intl.formatMessage({ id }, values);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const plusMinus = new Intl.NumberFormat(locale, {
    maximumFractionDigits: 0,
    signDisplay: "exceptZero",
  });
  const percent = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1 });
  const digits = [0, 1, 2, 3].map(
    (n) => new Intl.NumberFormat(locale, { minimumFractionDigits: n, maximumFractionDigits: n }),
  );
  const hms = time({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const hm = time({ hour: "2-digit", minute: "2-digit" });
  const day = time({ weekday: "short", hour: "2-digit", minute: "2-digit" });
  return {
    t,
    own: (family, name) => {
      const word = intl.messages[`${family}.${name}`];
      return typeof word === "string" ? word : spelled(name);
    },
    count: (value) => whole.format(value),
    signed: (value) => plusMinus.format(value).replace("-", "\u2212"),
    share: (value) => percent.format(value),
    measured: (value) => (digits[fractionDigits(value)] ?? whole).format(value),
    clock: (ms) => hms.format(ms),
    hourMinute: (ms) => hm.format(ms),
    dayTime: (ms) => day.format(ms),
    age: (ms) => {
      const { unit, n } = ageOf(ms);
      return t(`age.${unit}`, { n });
    },
  };
}

/** The clock of a plant has 24 hours in every language, and shows the time of its site. */
function timeFormat(
  locale: string,
  timeZone: string | undefined,
  parts: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...parts, hourCycle: "h23", timeZone });
}

/** As many digits as tell something at that size; the same for a size, so that nothing jumps. */
function fractionDigits(value: number): number {
  const size = Math.abs(value);
  return size >= 1_000 ? 0 : size >= 100 ? 1 : 2;
}

function ageOf(ms: number): { unit: "seconds" | "minutes" | "hours" | "days"; n: number } {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return { unit: "seconds", n: seconds };
  if (seconds < 3_600) return { unit: "minutes", n: Math.floor(seconds / 60) };
  if (seconds < 172_800) return { unit: "hours", n: Math.floor(seconds / 3_600) };
  return { unit: "days", n: Math.floor(seconds / 86_400) };
}

/** "fill-temperature" -> "Fill temperature" */
function spelled(slug: string): string {
  const words = slug.replaceAll(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** For stopwatches: 0:07, 4:12, 1:04:12, 26:00:09. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(s).padStart(2, "0");
  return h === 0 ? `${m}:${tail}` : `${h}:${String(m).padStart(2, "0")}:${tail}`;
}

/** For spans in which seconds say nothing: 0:07, 4:12 are hours and minutes. */
export function hoursMinutes(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
