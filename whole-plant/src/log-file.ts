import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const logBytesMax = 10_000_000;

/** A log of bounded size: at {@link logBytesMax} it becomes `<file>.1`, and the one before that goes. */
export function openLog(file: string): { write(text: string): void; close(): void } {
  mkdirSync(dirname(file), { recursive: true });
  let descriptor = openSync(file, "a");
  let bytes = statSync(file).size;
  return {
    write(text) {
      if (bytes > logBytesMax) {
        closeSync(descriptor);
        renameSync(file, `${file}.1`);
        descriptor = openSync(file, "a");
        bytes = 0;
      }
      bytes += writeSync(descriptor, text);
    },
    close: () => closeSync(descriptor),
  };
}
