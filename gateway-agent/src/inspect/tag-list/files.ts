import { readFile, stat } from "node:fs/promises";
import { parseCsv, type Row, type Separator } from "./csv.ts";
import { ListError } from "./csv.ts";
import { readXlsx } from "./xlsx.ts";

export interface ListFile {
  readonly rows: readonly Row[];
  /** `undefined` for a spreadsheet, whose cells need none. */
  readonly separator: Separator | undefined;
}

/** 5,000 tags are half a megabyte; what is much larger is no tag list, and could fill the memory. */
const bytesMax = 10 * 1024 * 1024;

/** By what is in it, whatever it is called. @throws {ListError} */
export async function readListFile(file: string): Promise<ListFile> {
  const bytes = await bytesOf(file);
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (isZip) return { rows: await readXlsx(bytes), separator: undefined };
  if (bytes.readUInt32BE(0) === 0xd0cf11e0) {
    throw new ListError("this is an old XLS file; save it as XLSX or CSV");
  }
  return parseCsv(bytes);
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) {
      throw new ListError(`it has ${size} bytes; a tag list has at most ${bytesMax}`);
    }
    const bytes = await readFile(file);
    return bytes.length >= 4 ? bytes : Buffer.concat([bytes, Buffer.from("\n\n\n\n")]);
  } catch (error) {
    if (error instanceof ListError) throw error;
    throw new ListError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
