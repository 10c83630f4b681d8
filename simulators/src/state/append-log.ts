import { open, readFile, type FileHandle } from "node:fs/promises";

/** Lines appended to a file, in memory first. A snapshot names the length that belongs to it. */
export class AppendLog {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #pendingBytes = 0;
  #writtenBytes: number;

  private constructor(file: FileHandle, writtenBytes: number) {
    this.#file = file;
    this.#writtenBytes = writtenBytes;
  }

  /**
   * Opens the file and cuts off what was written after the snapshot: it will happen again.
   * @throws {Error} if the file is shorter than that.
   */
  static async open(path: string, keepBytes: number): Promise<AppendLog> {
    const file = await open(path, "a+");
    const { size } = await file.stat();
    if (size < keepBytes) {
      await file.close();
      throw new Error(
        `${path} has ${size} bytes, but the plant's snapshot counts on ${keepBytes} of it: ` +
          "put the file back, or begin anew with another state directory",
      );
    }
    await file.truncate(keepBytes);
    return new AppendLog(file, keepBytes);
  }

  append(entry: object): void {
    const line = `${JSON.stringify(entry)}\n`;
    this.#pending.push(line);
    this.#pendingBytes += Buffer.byteLength(line);
  }

  /** Once all that was appended until now is written. */
  get bytes(): number {
    return this.#writtenBytes + this.#pendingBytes;
  }

  /** Settles when all that was appended until now is on the disk. */
  async flush(): Promise<void> {
    const lines = this.#pending;
    if (lines.length === 0) return;
    this.#pending = [];
    this.#writtenBytes += this.#pendingBytes;
    this.#pendingBytes = 0;
    await this.#file.appendFile(lines.join(""));
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }
}

export async function readEntries<T>(path: string): Promise<T[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
