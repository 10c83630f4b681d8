/** Lists as spreadsheets write them: RFC 4180, and what Excel makes of it. Pure. */
export interface Row {
  /** Of the file, from 1; of a spreadsheet its row. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type Separator = "," | ";" | "\t";

export interface CsvList {
  readonly separator: Separator;
  readonly rows: readonly Row[];
}

/** A list that cannot be read at all; the message is meant for a person. */
export class ListError extends Error {
  override readonly name = "ListError";
}

/** @throws {ListError} if a quotation mark is never closed. */
export function parseCsv(bytes: Uint8Array): CsvList {
  const { text, separator, firstLine } = withoutPreface(textOf(bytes));
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = "";
  let line = firstLine;
  let rowLine = line;
  let quotedSince: number | undefined;
  const endRow = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim() !== "")) rows.push({ line: rowLine, cells });
    cells = [];
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (letter === "\n") line += 1;
    if (quotedSince !== undefined) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') {
        cell += letter;
        at += 1;
      } else quotedSince = undefined;
    } else if (letter === '"' && cell === "") quotedSince = line;
    else if (letter === separator) {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n") {
      endRow();
      rowLine = line;
    } else if (letter !== "\r" || text[at + 1] !== "\n") cell += letter;
  }
  if (quotedSince !== undefined) {
    throw new ListError(`row ${quotedSince}: a quotation mark (") is never closed`);
  }
  endRow();
  return { separator, rows };
}

export function formatCsv(rows: readonly (readonly string[])[], separator: Separator): string {
  const needsQuotes = new RegExp(`["\\r\\n${separator}]|^\\s|\\s$`);
  const quoted = (cell: string) =>
    needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  // The mark tells a spreadsheet that this is UTF-8.
  return `\uFEFF${rows.map((row) => `${row.map(quoted).join(separator)}\r\n`).join("")}`;
}

/** UTF-8, UTF-16 by its mark, or what an older Excel saves: windows-1252. */
function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Excel's own first line `sep=;` names the separator; else the first line that says something shows it. */
function withoutPreface(text: string) {
  const named = /^sep=([,;\t])\r?\n/i.exec(text);
  if (named !== null) {
    const separator = named[1] as Separator;
    return { text: text.slice(named[0].length), separator, firstLine: 2 };
  }
  const head = (/^.*\S.*$/m.exec(text)?.[0] ?? "").replaceAll(/"[^"]*"/g, "");
  const counted = ([",", ";", "\t"] as const).map((separator) => ({
    separator,
    count: head.split(separator).length,
  }));
  const most = counted.reduce((a, b) => (b.count > a.count ? b : a));
  return { text, separator: most.separator, firstLine: 1 };
}
