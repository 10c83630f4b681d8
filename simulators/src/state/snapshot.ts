import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PlantState } from "../plant/plant.ts";

/** All that the next start needs to go on as if nothing had happened. */
export interface Snapshot {
  version: 1;
  plant: PlantState;
  /** Plant seconds to a second, of the process that wrote it. */
  speed: number;
  /** How much of each log belongs to it. */
  logBytes: { states: number; pieces: number };
}

const fileName = "plant.json";

/** What must hold before the rest is believed; the rest was written by this program, whole. */
const header = z.object({
  version: z.literal(1),
  speed: z.number().positive(),
  plant: z.object({ seed: z.number(), nowMs: z.number(), lines: z.record(z.string(), z.any()) }),
  logBytes: z.object({ states: z.int(), pieces: z.int() }),
});

export function formatSnapshot(snapshot: Snapshot): string {
  return JSON.stringify(snapshot);
}

/** Written beside, synced and renamed: after any crash there is the old one or the new one. */
export async function writeSnapshot(stateDir: string, text: string): Promise<void> {
  const path = join(stateDir, fileName);
  const beside = `${path}.new`;
  const file = await open(beside, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const directory = await open(stateDir, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** @throws {Error} naming the file, if it is not a snapshot that this version can go on from. */
export async function readSnapshot(
  stateDir: string,
  lines: readonly string[],
): Promise<Snapshot | undefined> {
  await mkdir(stateDir, { recursive: true });
  const path = join(stateDir, fileName);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const snapshot: unknown = parse(text);
  const checked = header.safeParse(snapshot);
  const known = checked.success && lines.every((line) => line in checked.data.plant.lines);
  if (!known) {
    throw new Error(
      `${path} is no snapshot of this plant in version 1: ` +
        `${checked.success ? "it has other lines" : z.prettifyError(checked.error)}; ` +
        "begin anew with another state directory",
    );
  }
  return snapshot as Snapshot;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
