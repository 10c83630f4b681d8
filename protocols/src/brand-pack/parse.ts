import { contrastProblems } from "./contrast.ts";
import { brandPack, type BrandPack } from "./schema.ts";

export interface BrandProblem {
  /** Path in brand.json, such as `tokens.dark.text.$value`; empty if it is the whole of it. */
  field: string;
  message: string;
}

export type ParsedBrandPack =
  | { pack: BrandPack; problems?: never }
  | { pack?: never; problems: BrandProblem[] };

/** The text of a brand.json, checked against the schema and for colours that can be read. */
export function parseBrandPack(text: string): ParsedBrandPack {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problems: [{ field: "", message: `is not JSON: ${why}` }] };
  }
  const parsed = brandPack.safeParse(json);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => ({
        field: path.map(String).join("."),
        message,
      })),
    };
  }
  const problems = [...contrastProblems(parsed.data.tokens), ...localeProblems(parsed.data.locale)];
  return problems.length > 0 ? { problems } : { pack: parsed.data };
}

function localeProblems(locale: string): BrandProblem[] {
  try {
    Intl.getCanonicalLocales(locale);
    return [];
  } catch {
    return [
      { field: "locale", message: `"${locale}" is not a BCP 47 language tag such as en or de` },
    ];
  }
}
