import { z } from "zod";
import { slug } from "../plant/signal.ts";

/**
 * A brand pack is data, never code: `brands/<id>/brand.json` with its logo beside it.
 * Colours of states and alarms are the core's own and cannot be set here.
 */
const colour = z.string().regex(/^#[0-9a-f]{6}$/, "a colour is #rrggbb in small letters");

/** W3C design token of type color. */
const colourToken = z.strictObject({ $type: z.literal("color"), $value: colour });

export const modeTokens = z.strictObject({
  background: colourToken,
  surface: colourToken,
  raised: colourToken,
  border: colourToken,
  text: colourToken,
  textQuiet: colourToken,
  accent: colourToken,
  onAccent: colourToken,
});

export const brandPack = z.strictObject({
  schemaVersion: z.literal(1),
  id: slug,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "a version is major.minor.patch"),
  coreRange: z.string().describe("Versions of the core that it was made for, such as ^0.1.0."),
  name: z.string().min(1).max(60).describe("Shown in the title bar."),
  hosts: z
    .array(z.string().min(1))
    .describe("Host headers that choose this brand; * is the default brand."),
  locale: z.string().describe("BCP 47, such as en or de."),
  logo: z.string().regex(/^[a-z0-9-]+\.svg$/, "a logo is an SVG file beside brand.json"),
  tokens: z.strictObject({
    bright: modeTokens,
    dark: modeTokens,
    cornerRadius: z.strictObject({
      $type: z.literal("dimension"),
      $value: z.strictObject({ value: z.number().min(0).max(24), unit: z.literal("px") }),
    }),
    fontFamily: z.strictObject({
      $type: z.literal("fontFamily"),
      $value: z.array(z.string()).min(1),
    }),
  }),
  defaultMode: z.enum(["bright", "dark"]).default("bright"),
  terminology: z
    .record(z.string(), z.string())
    .default({})
    .describe("ICU messages by stable id; they replace the core's own text of that id."),
});

export type BrandPack = z.infer<typeof brandPack>;
export type ModeTokens = z.infer<typeof modeTokens>;

/** What the server hands to a console: the pack, its content hash, and its logo as text. */
export interface ServedBrand {
  pack: BrandPack;
  hash: string;
  /** Sanitised SVG. */
  logoSvg: string;
  /** IANA zone in which the console writes times; the browser's own if absent. */
  siteTimeZone?: string;
}
