/** A line of CSV with its number; cells by the name of their column. */
export interface CsvRow {
  line: number;
  cells: ReadonlyMap<string, string>;
}

/**
 * Reads CSV (RFC 4180) as spreadsheets write it: with commas, semicolons or tabs, quoted or not, with a
 * byte order mark or not. An apostrophe that guards a cell against being run as a formula is taken off.
 * Empty lines are left out.
 *
 * @throws {RangeError} if a quoted cell does not end
 */
export function readCsv(text: string): { columns: string[]; rows: CsvRow[] } {
  const plain = text.replace(/^\uFEFF/, "");
  const lines = linesOf(plain, delimiterOf(plain));
  const [head, ...body] = lines;
  const columns = (head?.cells ?? []).map((cell) => cell.trim());
  const rows = body
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
    .map(({ line, cells }) => ({
      line,
      cells: new Map(
        columns.map((column, index) => [column, unguarded(cells[index] ?? "").trim()]),
      ),
    }));
  return { columns, rows };
}

function delimiterOf(text: string): string {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const counted = [",", ";", "\t"].map((mark) => ({ mark, count: head.split(mark).length }));
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).mark;
}

function linesOf(text: string, delimiter: string): { line: number; cells: string[] }[] {
  const lines: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = 0;
  const endLine = (): void => {
    lines.push({ line: startLine, cells });
    cells = [];
    startLine = line;
  };
  while (at < text.length) {
    const { cell, end } =
      text[at] === '"' ? quoted(text, at, startLine) : bare(text, at, delimiter);
    cells.push(cell);
    line += cell.split("\n").length - 1;
    at = end;
    if (text[at] === delimiter) {
      at += 1;
      if (at === text.length) cells.push("");
      continue;
    }
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    line += 1;
    endLine();
  }
  if (cells.length > 0) endLine();
  return lines;
}

function bare(text: string, from: number, delimiter: string): { cell: string; end: number } {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") {
    end += 1;
  }
  return { cell: text.slice(from, end), end };
}

function quoted(text: string, from: number, line: number): { cell: string; end: number } {
  let cell = "";
  let at = from + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) throw new RangeError(`line ${line}: a quoted cell does not end`);
    cell += text.slice(at, close);
    if (text[close + 1] !== '"') return { cell, end: close + 1 };
    cell += '"';
    at = close + 2;
  }
}

function unguarded(cell: string): string {
  return /^'[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell;
}
