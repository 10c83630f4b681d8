import type { ModeTokens, ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import type { Mode } from "./looks.ts";
import { lookColours } from "./looks.ts";

/** CSS variables of a brand in a mode: its tokens, and the core's own colours of states. */
function variablesOf({ tokens }: ServedBrand["pack"], mode: Mode): Record<string, string> {
  const { value, unit } = tokens.cornerRadius.$value;
  const variables: Record<string, string> = {
    "--radius": `${value}${unit}`,
    "--font": tokens.fontFamily.$value.map((name) => JSON.stringify(name)).join(", "),
  };
  const names = Object.keys(tokens[mode]) as (keyof ModeTokens)[];
  for (const name of names) variables[`--${kebab(name)}`] = tokens[mode][name].$value;
  for (const [look, colours] of Object.entries(lookColours[mode])) {
    variables[`--${look}-fill`] = colours.fill;
    variables[`--${look}-on`] = colours.on;
    variables[`--${look}-ink`] = colours.ink;
  }
  return variables;
}

/** Puts a brand on the page, before anything is drawn. */
export function wearBrand(brand: ServedBrand, mode: Mode, page: Document = document): void {
  const root = page.documentElement;
  root.lang = brand.pack.locale;
  root.dataset["brand"] = brand.pack.id;
  root.dataset["mode"] = mode;
  for (const [name, value] of Object.entries(variablesOf(brand.pack, mode))) {
    root.style.setProperty(name, value);
  }
  page.querySelector('link[rel="icon"]')?.setAttribute("href", logoUrl(brand.logoSvg));
}

/** An image, never inline markup: a script in a logo stays dead. */
export function logoUrl(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
