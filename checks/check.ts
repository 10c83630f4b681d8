import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { brokenArrows } from "./arrows.ts";
import { brokenBans } from "./bans.ts";
import { formatViolation, readSourceTree } from "./source-tree.ts";

/** `npm run check`: format, lint with types, types, dead code, import arrows and bans. */
const root = join(import.meta.dirname, "..");

const tools: [title: string, command: string, ...args: string[]][] = [
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--quiet"],
  ["types", "tsc", "-p", "."],
  ["types of the console", "tsc", "-p", "line-console"],
  ["dead code", "knip", "--no-progress"],
];

const failed = tools.filter(([title, command, ...args]) => !passes(title, command, args));
const violations = checkTree();
process.exitCode = failed.length + violations > 0 ? 1 : 0;

function passes(title: string, command: string, args: string[]): boolean {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${title} (${seconds} s)\n`);
  if (status !== 0) process.stdout.write(`${error?.message ?? `${stdout}${stderr}`}\n`);
  return status === 0;
}

function checkTree(): number {
  const files = readSourceTree(root);
  const broken = [...brokenArrows(files), ...brokenBans(files)];
  const verdict = broken.length === 0 ? "ok    " : "FAILED";
  process.stdout.write(`${verdict} arrows and bans (${files.length} files)\n`);
  for (const violation of broken) process.stdout.write(`  ${formatViolation(violation)}\n`);
  return broken.length;
}
