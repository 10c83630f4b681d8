import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoadResult } from "@only-mes/simulators/load/publishLoad";
import { getJson } from "../../whole-plant/src/plant-api.ts";
import { ensureConsole } from "../../whole-plant/src/console-build.ts";
import { scripts } from "../../whole-plant/src/paths.ts";
import { ownDatabase } from "../../whole-plant/src/own-database.ts";
import { startPlant } from "../../whole-plant/src/plant.ts";
import type { Figure } from "./figure.ts";
import { measureRawInsert } from "./raw-insert.ts";

/**
 * Samples a second from MQTT publish to committed, acknowledged by the commit, beside the bare insert of
 * equal rows in batches of equal size into a database of the same kind, in the same run.
 */
const samples = 600_000;
const rowsPerBatch = 5000;
const lanesTried = [1, 2] as const;

export async function measureIngest(say: (text: string) => void): Promise<Figure[]> {
  const raw = await measureRawInsert({ rows: samples, rowsPerBatch });
  say(`raw insert: ${Math.round(raw)} rows/s`);
  const figures: Figure[] = [
    { name: "ingest.rawInsertsPerSecond", value: raw, unit: "rows/s", better: "higher" },
  ];
  for (const lanes of lanesTried) {
    const load = await measureServer(lanes, say);
    const value = load.acknowledgedPerSecond;
    say(`${lanes} lane(s): ${Math.round(value)} samples/s, ${load.resent} messages resent`);
    figures.push(
      { name: `ingest.samplesPerSecondLanes${lanes}`, value, unit: "samples/s", better: "higher" },
      {
        name: `ingest.latencyP99MsLanes${lanes}`,
        value: load.latencyMs.p99,
        unit: "ms",
        better: "lower",
      },
      ratio(`ingest.ratioToRawInsertLanes${lanes}`, value / raw),
    );
  }
  const best = Math.max(
    ...figures.filter(({ name }) => name.includes("ratio")).map((f) => f.value),
  );
  return [...figures, { ...ratio("ingest.ratioToRawInsert", best), target: 0.5 }];
}

function ratio(name: string, value: number): Figure {
  return { name, value, unit: "ratio", better: "higher" };
}

async function measureServer(lanes: number, say: (text: string) => void): Promise<LoadResult> {
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-ingest-"));
  await using database = await ownDatabase();
  const now = Date.now();
  const plant = await startPlant({
    dataDir,
    clock: { realOriginMs: now, plantOriginMs: now, speed: 1 },
    seed: 1,
    httpPort: 0,
    mqttPort: 0,
    lanes,
    simulators: false,
    consoleDir: ensureConsole(),
    ...(database.url !== undefined && { databaseUrl: database.url }),
    onRestart: say,
  });
  try {
    const result = await load(plant.mqtt);
    await committed(plant.http, result.acknowledged.samples);
    return result;
  } finally {
    await plant.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** @throws if the database does not hold what was acknowledged. */
async function committed(http: string, expected: number): Promise<void> {
  const { items } = (await getJson(`${http}/api/v1/sources`)) as { items: { samples: number }[] };
  const stored = items.reduce((sum, source) => sum + source.samples, 0);
  if (stored === expected) return;
  throw new Error(`${expected} samples were acknowledged, the database says ${stored}`);
}

/** In a process of its own, which ends when all has been acknowledged. */
async function load(mqtt: string): Promise<LoadResult> {
  const args = [
    "load",
    "--mqtt",
    mqtt,
    "--samples",
    String(samples),
    "--nodes",
    "8",
    "--window",
    "8",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [scripts.simulators, ...args]);
  return JSON.parse(stdout) as LoadResult;
}
