import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";

export interface BuiltConsole {
  dir: string;
  remove(): Promise<void>;
}

/** The console of this very source, built into a folder of its own. */
export async function builtConsole(): Promise<BuiltConsole> {
  const dir = await mkdtemp(path.join(tmpdir(), "only-mes-console-"));
  const root = path.join(import.meta.dirname, "..");
  await build({ root, logLevel: "error", build: { outDir: dir, emptyOutDir: true } });
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
