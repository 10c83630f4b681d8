import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  path: string;
  text: string;
}

export interface Violation {
  path: string;
  line: number;
  rule: string;
  what: string;
}

/** Every TypeScript source that git tracks or would track. */
export function readSourceTree(root: string): SourceFile[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => /\.tsx?$/.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function formatViolation({ path, line, rule, what }: Violation): string {
  return `${path}:${line}: ${rule}: ${what}`;
}
