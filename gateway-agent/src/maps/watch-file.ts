import { readFileSync, statSync } from "node:fs";

/** How often the file is looked at, in milliseconds of this machine. */
const lookEveryMs = 500;

/**
 * Tells of every new content of a file. It looks, instead of waiting to be told: editors replace
 * files, and network shares and mounted configurations tell nobody.
 */
export function watchFile(file: string, changed: (text: string) => void): { stop(): void } {
  let known = textOf(file);
  let seen = stamp(file);
  const timer = setInterval(() => {
    const now = stamp(file);
    if (now === undefined || now === seen) return;
    const text = textOf(file);
    // Half a file, while somebody is writing it, would be refused and then taken: wait for the rest.
    if (stamp(file) !== now) return;
    seen = now;
    if (text === undefined || text === known) return;
    known = text;
    changed(text);
  }, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function stamp(file: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}
