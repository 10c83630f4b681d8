import type { BrandPack, ModeTokens } from "./schema.ts";

/** WCAG 2.2: text 4.5:1 (1.4.3), parts of controls 3:1 (1.4.11). */
export const textContrastMin = 4.5;
export const controlContrastMin = 3;

type TokenName = keyof ModeTokens;

interface ContrastRule {
  front: TokenName;
  back: TokenName;
  min: number;
}

const grounds: TokenName[] = ["background", "surface", "raised"];

/** `border` only divides what is told apart by its ground anyway, so that no rule holds for it. */
const rules: ContrastRule[] = [
  ...grounds.map((back): ContrastRule => ({ front: "text", back, min: textContrastMin })),
  ...grounds.map((back): ContrastRule => ({ front: "textQuiet", back, min: textContrastMin })),
  { front: "onAccent", back: "accent", min: textContrastMin },
  ...grounds.map((back): ContrastRule => ({ front: "accent", back, min: controlContrastMin })),
];

export interface ContrastProblem {
  /** Path of the token at fault, such as `tokens.dark.textQuiet`. */
  field: string;
  message: string;
}

/** Every pair of colours of a pack that a person could not read. */
export function contrastProblems(tokens: BrandPack["tokens"]): ContrastProblem[] {
  return (["bright", "dark"] as const).flatMap((mode) =>
    rules.flatMap(({ front, back, min }) => {
      const frontColour = tokens[mode][front].$value;
      const backColour = tokens[mode][back].$value;
      const ratio = contrastRatio(frontColour, backColour);
      if (ratio >= min) return [];
      const shown = Math.floor(ratio * 100) / 100;
      return [
        {
          field: `tokens.${mode}.${front}`,
          message: `${frontColour} on ${back} ${backColour} has a contrast of ${shown}:1, below ${min}:1`,
        },
      ];
    }),
  );
}

/** WCAG contrast of two colours `#rrggbb`: 1 for the same colour, 21 for black on white. */
export function contrastRatio(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((channel) => (channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
