/** Rows of a CSV text (RFC 4180), separated as its first line is; empty lines are none. */
export function readCsv(text: string): { rows: string[][] } | { problem: string } {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const separator = separatorOf(body.slice(0, body.search(/[\r\n]|$/)));
  const rows: string[][] = [];
  let cells: string[] = [];
  let cell = "";
  let line = 1;
  let quotedSince: number | undefined;
  const endRow = (): void => {
    cells.push(plain(cell));
    if (cells.length > 1 || cells[0] !== "") rows.push(cells);
    cells = [];
    cell = "";
  };
  for (let at = 0; at < body.length; at += 1) {
    const letter = body.charAt(at);
    if (letter === "\n") line += 1;
    if (quotedSince !== undefined) {
      if (letter !== '"') cell += letter;
      else if (body.charAt(at + 1) === '"') {
        cell += letter;
        at += 1;
      } else quotedSince = undefined;
    } else if (letter === '"' && cell === "") quotedSince = line;
    else if (letter === separator) {
      cells.push(plain(cell));
      cell = "";
    } else if (letter === "\n") endRow();
    else if (letter !== "\r") cell += letter;
  }
  if (quotedSince !== undefined) return { problem: `The quote of line ${quotedSince} has no end.` };
  endRow();
  const width = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((row) => row.length > width);
  if (uneven !== -1) return { problem: `Row ${uneven} has more cells than there are headings.` };
  return { rows };
}

function separatorOf(firstLine: string): string {
  return [",", ";", "\t"].reduce((best, each) =>
    firstLine.split(each).length > firstLine.split(best).length ? each : best,
  );
}

/** What `api/csv` put before a text so that no spreadsheet runs it is taken off again. */
function plain(cell: string): string {
  return /^'[=+\-@\t\r\n]/.test(cell) ? cell.slice(1) : cell;
}
