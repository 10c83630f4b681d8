import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../line-console/tests/browser.ts";
import { ensureConsole } from "./console-build.ts";
import { repositoryRoot } from "./paths.ts";
import { ownDatabase } from "./own-database.ts";
import { plantApi } from "./plant-api.ts";
import { startPlant } from "./plant.ts";
import { until } from "./until.ts";

/** `npm run pictures`: the README's screenshots, from a running plant after ninety minutes of its time. */
const pictures = [
  { name: "andon-northwind-dark", path: "/", brand: "northwind", mode: "dark", size: [1600, 900] },
  {
    name: "line-northwind-bright",
    path: "/lines/bottling-1",
    brand: "northwind",
    mode: "bright",
    size: [1600, 1000],
  },
  {
    name: "line-steinbach-bright",
    path: "/lines/bottling-1",
    brand: "steinbach",
    mode: "bright",
    size: [1600, 1000],
  },
  {
    name: "trend-northwind-dark",
    path: "/lines/bottling-1/signals/bottling-1.filler.fill-temperature",
    brand: "northwind",
    mode: "dark",
    size: [1600, 900],
  },
  { name: "phone-northwind-dark", path: "/", brand: "northwind", mode: "dark", size: [390, 844] },
] as const;

const plantMinutes = 90;
const speed = 60;
const folder = join(repositoryRoot, "docs/pictures");

await using database = await ownDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "only-mes-pictures-"));
mkdirSync(folder, { recursive: true });
const now = Date.now();
const plant = await startPlant({
  dataDir,
  clock: { realOriginMs: now, plantOriginMs: now - plantMinutes * 60_000, speed },
  seed: 3,
  httpPort: 0,
  mqttPort: 0,
  lanes: 2,
  simulators: true,
  consoleDir: ensureConsole(),
  ...(database.url !== undefined && { databaseUrl: database.url }),
  onRestart: () => {},
});
const browser = await launchBrowser();
try {
  const plantStart = now - plantMinutes * 60_000;
  await until("a shift worth showing", 180_000, async () => {
    const lines = await plantApi(plant.http).lines();
    const newest = Math.max(...lines.map(({ lastSampleAt }) => Date.parse(lastSampleAt ?? "")));
    return newest - plantStart > plantMinutes * 60_000 ? true : undefined;
  });
  for (const picture of pictures) await take(browser, picture);
} finally {
  await browser.close();
  await plant.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function take(
  from: Browser,
  { name, path, brand, mode, size: [width, height] }: (typeof pictures)[number],
): Promise<void> {
  const page = await from.newPage({
    viewport: { width, height },
  });
  await page.goto(`${plant.http}${path}?brand=${brand}&mode=${mode}`);
  await page.locator('[data-testid="connection"][data-connection="live"]').waitFor();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.close();
  process.stdout.write(`docs/pictures/${name}.png\n`);
}
