/** A text of sections, as it is written in Markdown or HTML. */
export interface Document {
  title: string;
  subtitle: string;
  sections: Section[];
}

export interface Section {
  title: string;
  blocks: Block[];
}

export type Block =
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  | {
      kind: "table";
      /** `#` in front: numbers stand to the right. */
      head: string[];
      rows: string[][];
      /** What the rows add up to. */
      total?: string[];
    };

/** What people write is shown as they wrote it, whatever it would mean to Markdown. */
export function markdownOf({ title, subtitle, sections }: Document): string {
  const text = [
    `# ${markdown(title)}`,
    markdown(subtitle),
    ...sections.flatMap((section) => [
      `## ${markdown(section.title)}`,
      ...section.blocks.map(markdownBlock),
    ]),
  ];
  return `${text.join("\n\n")}\n`;
}

function markdownBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return markdown(block.text);
    case "list":
      return block.items.map((item) => `- ${markdown(item)}`).join("\n");
    case "table":
      return [
        markdownRow(block.head.map((cell) => markdown(headOf(cell)))),
        markdownRow(block.head.map((cell) => (isNumeric(cell) ? "---:" : "---"))),
        ...block.rows.map((row) => markdownRow(row.map(markdown))),
        ...(block.total === undefined
          ? []
          : [markdownRow(block.total.map((cell) => (cell === "" ? "" : `**${markdown(cell)}**`)))]),
      ].join("\n");
  }
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function markdown(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\`*[\]<>|#]|^[-+](?= )/g, String.raw`\$&`);
}

/** A page of its own that can be printed. */
export function htmlOf({ title, subtitle, sections }: Document): string {
  const body = sections.flatMap((section) => [
    `<section>`,
    `<h2>${html(section.title)}</h2>`,
    ...section.blocks.map(htmlBlock),
    `</section>`,
  ]);
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${html(title)}</title></head>`,
    "<body>",
    `<h1>${html(title)}</h1>`,
    `<p>${html(subtitle)}</p>`,
    ...body,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function htmlBlock(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p>${html(block.text)}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${html(item)}</li>`).join("")}</ul>`;
    case "table": {
      const row = (tag: "td" | "th", cells: readonly string[]): string =>
        `<tr>${cells
          .map((cell, index) => {
            const align = isNumeric(block.head[index] ?? "") ? ' align="right"' : "";
            return `<${tag}${align}>${html(cell)}</${tag}>`;
          })
          .join("")}</tr>`;
      return [
        '<table border="1" cellpadding="4">',
        `<thead>${row("th", block.head.map(headOf))}</thead>`,
        `<tbody>${block.rows.map((cells) => row("td", cells)).join("")}</tbody>`,
        block.total === undefined ? "" : `<tfoot>${row("th", block.total)}</tfoot>`,
        "</table>",
      ].join("");
    }
  }
}

function html(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function isNumeric(head: string): boolean {
  return head.startsWith("#");
}

function headOf(head: string): string {
  return isNumeric(head) ? head.slice(1) : head;
}
