import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.ts";

const consoleDir = join(repositoryRoot, "line-console");

/** Builds the console if there is none, or if its sources are newer. @throws with the build's words. */
export function ensureConsole(): string {
  const dist = join(consoleDir, "dist");
  const index = join(dist, "index.html");
  if (existsSync(index) && statSync(index).mtimeMs > newestSourceMs()) return dist;
  const vite = join(repositoryRoot, "node_modules/vite/bin/vite.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, "build"], {
    cwd: consoleDir,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the console could not be built:\n${stdout}${stderr}`);
  return dist;
}

function newestSourceMs(): number {
  const sources = globSync(
    [
      "line-console/{index.html,vite.config.ts,package.json}",
      "{line-console,protocols}/src/**/*.*",
    ],
    { cwd: repositoryRoot },
  );
  return Math.max(...sources.map((path) => statSync(join(repositoryRoot, path)).mtimeMs));
}
