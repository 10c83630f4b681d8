import { createIntl } from "react-intl";
import { describe, expect, it } from "vitest";
import { brandIds, servedBrand } from "../../tests/brand-files.ts";
import type { MessageId } from "./messages/en.ts";
import { en } from "./messages/en.ts";
import { catalogueOf, catalogues, intlOf, openFamilies } from "./words.ts";

const ids = Object.keys(en) as MessageId[];

function placeholders(message: string): string[] {
  return [...message.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? "").sort();
}

describe.each(Object.keys(catalogues))("the catalogue %s", (locale) => {
  const messages = catalogueOf(locale);

  it("has every message, and no other", () => {
    expect(Object.keys(messages).sort()).toEqual([...ids].sort());
    expect(Object.values(messages)).not.toContain("");
  });

  it("takes the same values as the English one", () => {
    const taken = (of: Record<MessageId, string>) => ids.map((id) => [id, ...placeholders(of[id])]);
    expect(taken(messages)).toEqual(taken(en));
  });

  it("holds to ICU", () => {
    const intl = createIntl({ locale });
    for (const id of ids) {
      expect(() => intl.formatters.getMessageFormat(messages[id], locale)).not.toThrow();
    }
  });
});

describe("the words of a brand", () => {
  it("are the core's, where the brand has none of its own", () => {
    const intl = intlOf({ locale: "de", terminology: { "wall.title": "Alle Anlagen" } });
    expect(intl.formatMessage({ id: "wall.title" })).toBe("Alle Anlagen");
    expect(intl.formatMessage({ id: "line.scrap" })).toBe("Ausschuss");
  });

  it("fall back to the core's word when a message is broken", () => {
    const intl = intlOf({ locale: "en", terminology: { "wall.title": "All {lines" } });
    expect(intl.formatMessage({ id: "wall.title" })).toBe("All lines");
  });

  it("follow the language of a regional locale, and its numbers", () => {
    const intl = intlOf({ locale: "de-CH", terminology: {} });
    expect(intl.formatMessage({ id: "line.scrap" })).toBe("Ausschuss");
    expect(intl.formatMessage({ id: "line.perHour" }, { n: 14_400 })).toMatch(
      /^14['\u2019]400\/h$/,
    );
  });

  it("are English in a language that the core does not speak", () => {
    const intl = intlOf({ locale: "fi", terminology: {} });
    expect(intl.formatMessage({ id: "line.scrap" })).toBe("Scrap");
  });
});

it("no brand names a message that the core does not have, or takes values that it is not given", async () => {
  const strange: string[] = [];
  for (const brand of await brandIds()) {
    const { pack } = await servedBrand(brand);
    for (const [id, message] of Object.entries(pack.terminology)) {
      if (openFamilies.some((family) => id.startsWith(family))) continue;
      const given = placeholders(en[id as MessageId] ?? "");
      const known = id in en && placeholders(message).every((name) => given.includes(name));
      if (!known) strange.push(`${brand}: ${id}`);
    }
  }
  expect(strange).toEqual([]);
});
