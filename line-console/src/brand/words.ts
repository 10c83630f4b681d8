import type { BrandPack } from "@only-mes/protocols/brand-pack/schema";
import type { IntlShape } from "react-intl";
import { createIntl, createIntlCache } from "react-intl";
import { de } from "./messages/de.ts";
import type { MessageId } from "./messages/en.ts";
import { en } from "./messages/en.ts";

export const catalogues: Record<string, Record<MessageId, string>> = { en, de };

/** Words of the plant itself, which the core cannot know: the names of signals, areas and shifts. */
export const openFamilies = ["signal.", "area.", "shift."] as const;

/** The core's catalogue of a locale: the language decides; English where there is none. */
export function catalogueOf(locale: string): Record<MessageId, string> {
  return catalogues[new Intl.Locale(locale).language] ?? en;
}

/**
 * The words of a brand. A message of its terminology that is not ICU is left out: the core's own
 * word stands in its place, never a broken one.
 */
export function intlOf(
  pack: Pick<BrandPack, "locale" | "terminology">,
  timeZone?: string,
): IntlShape {
  const cache = createIntlCache();
  const { locale } = pack;
  const probe = createIntl({ locale, onError: () => undefined }, cache);
  const usable = Object.entries(pack.terminology).filter(([, message]) => {
    try {
      probe.formatters.getMessageFormat(message, locale);
      return true;
    } catch {
      return false;
    }
  });
  const messages = { ...catalogueOf(locale), ...Object.fromEntries(usable) };
  const zone = timeZone === undefined ? {} : { timeZone };
  return createIntl({ locale, messages, onError: () => undefined, ...zone }, cache);
}
