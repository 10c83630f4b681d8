import { readSheet } from "read-excel-file/node";
import writeXlsxFile from "write-excel-file/node";
import { ListError, type Row } from "./csv.ts";

/** 50,000 rows of twenty cells are well below it; what says it is larger would fill the memory. */
const unpackedBytesMax = 100 * 1024 * 1024;

/** Rows of the first sheet, the one in front. @throws {ListError} */
export async function readXlsx(bytes: Buffer): Promise<Row[]> {
  const unpacked = unpackedBytes(bytes);
  if (unpacked > unpackedBytesMax) {
    throw new ListError(`it unpacks to ${unpacked} bytes; at most ${unpackedBytesMax} are read`);
  }
  try {
    const sheet = await readSheet(bytes);
    return sheet.flatMap((cells, index) => {
      const texts = cells.map((cell) => textOf(cell));
      return texts.some((text) => text.trim() !== "") ? [{ line: index + 1, cells: texts }] : [];
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ListError(`no XLSX file: ${why}`, { cause: error });
  }
}

/** Numbers become numbers; everything else is a text, which a spreadsheet never runs. */
export async function writeXlsx(rows: readonly (readonly string[])[]): Promise<Buffer> {
  const data = rows.map((row, index) =>
    row.map((cell) => {
      if (cell === "") return null;
      if (index === 0) return { value: cell, type: String, fontWeight: "bold" as const };
      return isPlainNumber(cell)
        ? { value: Number(cell), type: Number }
        : { value: cell, type: String };
    }),
  );
  const widths = (rows[0] ?? []).map((_, column) => ({
    width: Math.min(60, 2 + Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  }));
  return await writeXlsxFile(data, {
    sheet: "tags",
    columns: widths,
    stickyRowsCount: 1,
  }).toBuffer();
}

/** What the entries of the archive say of themselves (PKWARE APPNOTE 4.3.12). */
function unpackedBytes(bytes: Buffer): number {
  const entry = Buffer.from("PK\u0001\u0002", "latin1");
  let total = 0;
  for (let at = bytes.indexOf(entry); at >= 0 && at + 28 <= bytes.length;) {
    total += bytes.readUInt32LE(at + 24);
    at = bytes.indexOf(entry, at + 28);
  }
  return total;
}

/** Written as a number it is read again as the same text. */
function isPlainNumber(cell: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(cell) && String(Number(cell)) === cell;
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === "string" ? cell : JSON.stringify(cell);
}
