/** Text that is HTML already. Only {@link html} makes it, so nothing gets there unescaped. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Html };

type Part = Html | string | number | readonly Html[];

/** A template whose values are escaped, for elements and for attributes in double quotes. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = texts[0] ?? "";
  values.forEach((value, index) => {
    text += written(value) + (texts[index + 1] ?? "");
  });
  return new Html(text);
}

/** Of this repository, such as a style sheet: never of what came from outside. */
export function trusted(text: string): Html {
  return new Html(text);
}

function written(value: Part): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value.map(({ text }) => text).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
