import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../../line-console/tests/browser.ts";
import { ensureConsole } from "../../whole-plant/src/console-build.ts";
import { ownDatabase } from "../../whole-plant/src/own-database.ts";
import { startPlant, type Plant } from "../../whole-plant/src/plant.ts";
import { until } from "../../whole-plant/src/until.ts";
import { percentile, type Figure } from "./figure.ts";

/**
 * From a change in a PLC to the changed DOM: the simulated plant writes down when each piece came
 * about, a browser on the line board writes down when each count appeared.
 */
/** In the page. */
declare const MutationObserver: new (onChange: () => void) => {
  observe(target: unknown, options: { attributes: true; attributeFilter: string[] }): void;
};

const changesWanted = 200;
/** The newest pieces may not be in the truth file yet when it is read. */
const changesWatched = changesWanted + 20;
const withinMs = 180_000;

const watched = [
  { name: "opcua", line: "bottling-1", unit: "bottling-1.filler", range: 2 ** 32 },
  { name: "modbus", line: "stamping-1", unit: "stamping-1.press-a", range: 2 ** 16 },
] as const;

interface Seen {
  value: number;
  atMs: number;
}

export async function measureLive(say: (text: string) => void): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-live-"));
  await using database = await ownDatabase();
  const truthFile = join(dataDir, "truth.jsonl");
  const now = Date.now();
  const plant = await startPlant({
    dataDir,
    clock: { realOriginMs: now, plantOriginMs: now, speed: 1 },
    seed: 1,
    httpPort: 0,
    mqttPort: 0,
    lanes: 2,
    simulators: true,
    consoleDir: ensureConsole(),
    truthFile,
    ...(database.url !== undefined && { databaseUrl: database.url }),
    onRestart: say,
  });
  const browser = await launchBrowser();
  try {
    const figures: Figure[] = [];
    for (const each of watched) {
      const page = await browser.newPage();
      const seen = await watch(plant, page, each.line, `${each.unit}.good-count`);
      await page.close();
      const latencies = await latenciesOf(plant, truthFile, each, seen);
      say(`${each.name}: ${latencies.length} changes`);
      figures.push(...figuresOf(each.name, latencies));
    }
    return figures;
  } finally {
    await browser.close();
    await plant.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function watch(plant: Plant, page: Page, line: string, signal: string): Promise<Seen[]> {
  await page.goto(`${plant.http}/lines/${line}`);
  const cell = page.locator(`[data-signal="${signal}"]`).first();
  await cell.waitFor();
  await cell.evaluate((element) => {
    const seen: Seen[] = [];
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      seen.push({ value: Number(element.getAttribute("data-value")), atMs: Date.now() });
    }).observe(element, { attributes: true, attributeFilter: ["data-value"] });
  });
  return until(`${changesWatched} changes of ${signal}`, withinMs, async () => {
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: Seen[] }).seen);
    return seen.length >= changesWatched ? seen : undefined;
  });
}

/** The count that each piece made the PLC show, from the total at the end backwards. */
async function latenciesOf(
  plant: Plant,
  truthFile: string,
  { unit, range }: (typeof watched)[number],
  seen: readonly Seen[],
): Promise<number[]> {
  const answer = await plant.simulators?.current().request<{ truth: Truth }>({ type: "truth" });
  const now = answer?.truth.units[unit];
  if (now === undefined) throw new Error(`the simulated plant has no unit ${unit}`);
  const madeAtMs = new Map<number, number>();
  let total = 0;
  for (const line of readFileSync(truthFile, "utf8").split("\n")) {
    if (!line.endsWith("}")) continue;
    const entry = JSON.parse(line) as { unit: string; atMs: number; good?: number };
    if (entry.unit !== unit || entry.good === undefined || entry.good === 0) continue;
    total += entry.good;
    const shown = now.counters.goodCount - now.good + total;
    madeAtMs.set(((shown % range) + range) % range, entry.atMs);
  }
  return seen.flatMap(({ value, atMs }) => {
    const made = madeAtMs.get(value);
    return made === undefined ? [] : [atMs - made];
  });
}

interface Truth {
  units: Record<string, { good: number; counters: { goodCount: number } }>;
}

function figuresOf(name: string, latencies: readonly number[]): Figure[] {
  const unit = "ms";
  const better = "lower";
  return [
    { name: `live.${name}.changes`, value: latencies.length, unit: "count", better: "higher" },
    { name: `live.${name}.p50Ms`, value: percentile(latencies, 0.5), unit, better },
    { name: `live.${name}.p95Ms`, value: percentile(latencies, 0.95), unit, target: 500, better },
    { name: `live.${name}.maxMs`, value: Math.max(...latencies), unit, better },
  ];
}
