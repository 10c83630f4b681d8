/**
 * Logos come from outside, and are shown inside a page that may do all that its user may. So an SVG
 * is read by a small strict reader and written anew from a list of what may be in it: what is not on
 * the list is left out, and what is not well-formed is refused.
 */
export interface SanitisedSvg {
  svg: string;
  /** What was left out, such as `script` or `path@onclick`. */
  removed: string[];
}

export const svgCharactersMax = 65_536;
const elementsMax = 5_000;
const depthMax = 32;

const elements = new Set(
  (
    "svg g path rect circle ellipse line polyline polygon title desc defs " +
    "linearGradient radialGradient stop clipPath mask text tspan use"
  ).split(" "),
);

const attributes = new Set(
  (
    "id viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform offset role " +
    "aria-label aria-hidden preserveAspectRatio fill fill-opacity fill-rule clip-rule clip-path " +
    "mask opacity stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin " +
    "stroke-miterlimit stroke-dasharray stroke-dashoffset stop-color stop-opacity " +
    "gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits font-family font-size " +
    "font-weight text-anchor dominant-baseline letter-spacing href dx dy"
  ).split(" "),
);

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const tag =
  /^<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_:][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/;
const attribute = /\s+([A-Za-z_:][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/** @throws {SyntaxError} saying what cannot be read, and where. */
export function sanitiseSvg(text: string): SanitisedSvg {
  if (text.length > svgCharactersMax) {
    throw new SyntaxError(`it has ${text.length} characters, more than ${svgCharactersMax}`);
  }
  const written: string[] = [];
  const removed = new Set<string>();
  const open: { name: string; isKept: boolean }[] = [];
  let count = 0;
  let rest = withoutProlog(text);
  const isKeeping = (): boolean => open.every((element) => element.isKept);

  while (rest.length > 0) {
    const at = text.length - rest.length;
    if (rest.startsWith("<!--")) {
      rest = after(rest, "-->", at);
      continue;
    }
    if (!rest.startsWith("<")) {
      const end = rest.indexOf("<");
      const words = end === -1 ? rest : rest.slice(0, end);
      if (open.length === 0 && words.trim() !== "") throw wrong("text outside of the svg", at);
      if (open.length > 0 && isKeeping()) written.push(escapeText(decoded(words, at)));
      rest = rest.slice(words.length);
      continue;
    }
    const match = tag.exec(rest);
    if (match === null) throw wrong("a tag that cannot be read", at);
    const [whole, closing, name = "", attributeText = "", selfClosing] = match;
    rest = rest.slice(whole.length);
    if (closing === "/") {
      const last = open.pop();
      if (last?.name !== name) throw wrong(`</${name}> closes nothing`, at);
      if (last.isKept && isKeeping()) written.push(`</${name}>`);
      continue;
    }
    count += 1;
    if (open.length === 0 && (count > 1 || name !== "svg")) throw wrong(`<${name}> beside svg`, at);
    if (count > elementsMax) throw wrong(`more than ${elementsMax} elements`, at);
    if (open.length >= depthMax) throw wrong(`elements more than ${depthMax} deep`, at);
    const isKept = elements.has(name);
    if (!isKept) removed.add(name);
    if (isKept && isKeeping()) {
      const kept = keptAttributes(name, attributeText, removed, at);
      written.push(`<${name}${open.length === 0 ? namespace : ""}${kept}${selfClosing}>`);
    }
    if (selfClosing !== "/") open.push({ name, isKept });
  }
  if (open.length > 0) throw wrong(`<${open.at(-1)?.name}> is not closed`, text.length);
  if (count === 0) throw wrong("no svg element", 0);
  return { svg: written.join("").trim(), removed: [...removed] };
}

const namespace = ' xmlns="http://www.w3.org/2000/svg"';

function withoutProlog(text: string): string {
  return text.replace(/^\uFEFF?\s*(?:<\?xml[^?]{0,200}\?>)?/, "");
}

function after(rest: string, end: string, at: number): string {
  const index = rest.indexOf(end);
  if (index === -1) throw wrong("a comment that does not end", at);
  return rest.slice(index + end.length);
}

function keptAttributes(element: string, text: string, removed: Set<string>, at: number): string {
  let kept = "";
  const seen = new Set<string>();
  for (const [, name = "", double, single] of text.matchAll(attribute)) {
    if (seen.has(name)) throw wrong(`${name} twice in <${element}>`, at);
    seen.add(name);
    if (name === "xmlns") continue;
    const value = decoded(double ?? single ?? "", at);
    if (attributes.has(name) && isHarmless(name, value)) kept += ` ${name}="${escapeText(value)}"`;
    else removed.add(`${element}@${name}`);
  }
  return kept;
}

/** Only places of the same file may be pointed to. */
function isHarmless(name: string, value: string): boolean {
  if (name === "href") return /^#[\w.-]+$/.test(value);
  if (/[\\]|\/\*/.test(value)) return false;
  const pointers = value.match(/url\s*\(/gi)?.length ?? 0;
  const inside = value.match(/url\(#[\w.-]+\)/g)?.length ?? 0;
  return pointers === inside && !/(?:javascript|data|vbscript)\s*:/i.test(value);
}

function decoded(text: string, at: number): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));|&/g,
    (whole, decimal, hex, name) => {
      if (typeof name === "string" && Object.hasOwn(entities, name)) return entities[name] ?? "";
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter =
        point === 9 || point === 10 || point === 13 || (point >= 0x20 && point <= 0x10_ff_ff);
      const isHalf = point >= 0xd8_00 && point <= 0xdf_ff;
      if (!isCharacter || isHalf) throw wrong(`${whole} stands for no character`, at);
      return String.fromCodePoint(point);
    },
  );
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function wrong(what: string, at: number): SyntaxError {
  return new SyntaxError(`${what}, at character ${at}`);
}
