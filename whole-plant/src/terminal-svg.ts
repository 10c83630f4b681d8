const letter = { width: 8.4, height: 19, size: 14 };
const margin = 18;
const bar = 34;

/** A terminal with a command and what it printed, as SVG: sharp at every size, and text in every diff. */
export function terminalSvg(command: string, lines: readonly string[]): string {
  const all = [`$ ${command}`, ...lines];
  const columns = Math.max(80, ...all.map((line) => line.length));
  const width = Math.ceil(columns * letter.width + 2 * margin);
  const height = bar + all.length * letter.height + margin;
  const dots = ["#e0645c", "#d9a941", "#63a35c"].map(
    (colour, index) => `<circle cx="${20 + index * 18}" cy="17" r="5.5" fill="${colour}"/>`,
  );
  const rows = all.map((line, index) => rowOf(line, bar + (index + 1) * letter.height - 5));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(command)}">
<rect width="${width}" height="${height}" rx="8" fill="#171b21"/>
${dots.join("\n")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${letter.size}" fill="#d5dae1">
${rows.filter((row) => row !== "").join("\n")}
</g>
</svg>
`;
}

/** As wide as its letters count, whatever font is there: columns stay columns. */
function rowOf(line: string, y: number): string {
  if (line.trim() === "") return "";
  const colour = colourOf(line);
  const fill = colour === undefined ? "" : ` fill="${colour}"`;
  const length = (line.length * letter.width).toFixed(1);
  const text = line
    .split(/(\S+\*)/)
    .map((part, index) =>
      index % 2 === 1 ? `<tspan fill="#7fd18a">${escaped(part)}</tspan>` : escaped(part),
    )
    .join("");
  return `<text x="${margin}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${fill}>${text}</text>`;
}

function colourOf(line: string): string | undefined {
  if (line.startsWith("$ ")) return "#8ab8e8";
  if (/^[- ]+$/.test(line)) return "#5b6573";
  if (/^ {2}\+ /.test(line)) return "#7fd18a";
  if (/^ {2}~ /.test(line)) return "#e0b860";
  return undefined;
}

function escaped(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // Others would be drawn together into one.
      .replaceAll(" ", "\u00a0")
  );
}
