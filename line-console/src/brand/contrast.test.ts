import { contrastRatio } from "@only-mes/protocols/brand-pack/contrast";
import type { ModeTokens } from "@only-mes/protocols/brand-pack/schema";
import { describe, expect, it } from "vitest";
import { brandIds, servedBrand } from "../../tests/brand-files.ts";
import { plainTokens } from "./core-brand.ts";
import type { Mode } from "./looks.ts";
import { lookColours } from "./looks.ts";

const modes: Mode[] = ["bright", "dark"];

async function tokensOfAll(): Promise<[string, Record<Mode, ModeTokens>][]> {
  const ids = await brandIds();
  const packs = await Promise.all(ids.map(servedBrand));
  return [
    ["core", plainTokens],
    ...packs.map(({ pack }): [string, Record<Mode, ModeTokens>] => [pack.id, pack.tokens]),
  ];
}

const all = await tokensOfAll();

describe.each(all)("contrast of %s", (_id, tokens) => {
  it.each(modes)("text is readable in %s mode, that of a wall at 7:1", (mode) => {
    const { background, surface, raised, text, textQuiet, accent, onAccent } = tokens[mode];
    for (const ground of [background, surface, raised]) {
      expect(contrastRatio(text.$value, ground.$value)).toBeGreaterThanOrEqual(7);
      expect(contrastRatio(textQuiet.$value, ground.$value)).toBeGreaterThanOrEqual(4.5);
      expect(contrastRatio(accent.$value, ground.$value)).toBeGreaterThanOrEqual(3);
    }
    expect(contrastRatio(onAccent.$value, accent.$value)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(modes)("states stand out in %s mode", (mode) => {
    const { background, surface, raised } = tokens[mode];
    for (const colours of Object.values(lookColours[mode])) {
      expect(contrastRatio(colours.on, colours.fill)).toBeGreaterThanOrEqual(4.5);
      for (const ground of [background, surface, raised]) {
        expect(contrastRatio(colours.ink, ground.$value)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
