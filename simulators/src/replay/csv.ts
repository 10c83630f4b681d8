/** One field of a line, with the column at which it begins, from 1. */
export interface CsvField {
  text: string;
  column: number;
}

/** The fields of one line (RFC 4180, without line breaks in fields); `undefined` if a quote is left open. */
export function csvFields(line: string): CsvField[] | undefined {
  const fields: CsvField[] = [];
  let at = 0;
  for (;;) {
    const column = at + 1;
    if (line[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"(?=,|$)/y;
      quoted.lastIndex = at;
      const match = quoted.exec(line);
      if (match === null) return undefined;
      fields.push({ text: (match[1] ?? "").replaceAll('""', '"'), column });
      at += match[0].length;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma === -1 ? line.length : comma;
      fields.push({ text: line.slice(at, end).trim(), column });
      at = end;
    }
    if (line[at] !== ",") return fields;
    at += 1;
  }
}
