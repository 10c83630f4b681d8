import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClockSetting } from "@only-mes/protocols/plant/clock";
import { ensureConsole } from "../src/console-build.ts";
import { ownDatabase } from "../src/own-database.ts";
import { startPlant, type Plant, type PlantOptions } from "../src/plant.ts";

/** A whole plant on free ports in a folder of its own, which goes with it. */
export async function temporaryPlant(options: Partial<PlantOptions> = {}): Promise<Plant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "only-mes-plant-"));
  const database = await ownDatabase();
  const plant = await startPlant({
    dataDir,
    clock: clockAt(1),
    seed: 1,
    httpPort: 0,
    mqttPort: 0,
    lanes: 2,
    simulators: true,
    consoleDir: ensureConsole(),
    onRestart: () => {},
    ...(database.url !== undefined && { databaseUrl: database.url }),
    ...options,
  });
  return {
    ...plant,
    async stop() {
      await plant.stop();
      await database[Symbol.asyncDispose]();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function clockAt(speed: number): ClockSetting {
  const now = Date.now();
  return { realOriginMs: now, plantOriginMs: now, speed };
}
