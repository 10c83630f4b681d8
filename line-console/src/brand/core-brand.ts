import type { BrandPack, ModeTokens, ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import type { Mode } from "./looks.ts";

type ColourName = keyof ModeTokens;

function tokens(colours: Record<ColourName, string>): ModeTokens {
  const token = (name: ColourName) => ({ $type: "color" as const, $value: colours[name] });
  return {
    background: token("background"),
    surface: token("surface"),
    raised: token("raised"),
    border: token("border"),
    text: token("text"),
    textQuiet: token("textQuiet"),
    accent: token("accent"),
    onAccent: token("onAccent"),
  };
}

/** The look of the core without any brand: grey, and nothing else. */
export const plainTokens: Record<Mode, ModeTokens> = {
  bright: tokens({
    background: "#ebebeb",
    surface: "#ffffff",
    raised: "#f4f4f4",
    border: "#cfcfcf",
    text: "#171717",
    textQuiet: "#555555",
    accent: "#333333",
    onAccent: "#ffffff",
  }),
  dark: tokens({
    background: "#111111",
    surface: "#1b1b1b",
    raised: "#262626",
    border: "#383838",
    text: "#f4f4f4",
    textQuiet: "#b0b0b0",
    accent: "#dddddd",
    onAccent: "#111111",
  }),
};

export const plainHash = "core";

const plainPack: BrandPack = {
  schemaVersion: 1,
  id: "core",
  version: "0.0.0",
  coreRange: "*",
  name: "Only MES",
  hosts: [],
  locale: "en",
  logo: "logo.svg",
  tokens: {
    ...plainTokens,
    cornerRadius: { $type: "dimension", $value: { value: 8, unit: "px" } },
    fontFamily: { $type: "fontFamily", $value: ["Inter Variable", "system-ui", "sans-serif"] },
  },
  defaultMode: "bright",
  terminology: {},
};

/** Shown while a brand cannot be had: plain, never blank. */
export function plainBrand(locale: string): ServedBrand {
  return { pack: { ...plainPack, locale }, hash: plainHash, logoSvg: plainLogo };
}

const plainLogo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="24" fill="none" stroke="#808080" stroke-width="14"/></svg>';
