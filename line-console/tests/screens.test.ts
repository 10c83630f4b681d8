import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brandIds } from "./brand-files.ts";
import { launchBrowser } from "./browser.ts";
import type { BuiltConsole } from "./built-console.ts";
import { builtConsole } from "./built-console.ts";
import { demoLines, demoPlant } from "./demo-plant.ts";
import type { PlantServer } from "./plant-server.ts";
import { startPlantServer } from "./plant-server.ts";

/** Every key screen, in every brand, mode and size: read by axe, measured, and photographed. */
const screens = {
  wall: "/",
  line: "/lines/stamping-1",
  unscheduled: "/lines/assembly-1",
  trend: "/lines/bottling-1/signals/bottling-1.filler.fill-temperature",
  nothing: "/lines/nowhere",
};

const sizes = {
  phone: { width: 390, height: 844 },
  desk: { width: 1280, height: 800 },
  hall: { width: 1920, height: 1080 },
  wall: { width: 3840, height: 2160 },
};

const linesOnWall = 12;
const gloveMinPx = 75.5;

/** The newest run's pictures, for people to look at. */
const pictures = path.join(tmpdir(), "only-mes-screens");

let browser: Browser;
let built: BuiltConsole;
let server: PlantServer;
let axe: string;

beforeAll(async () => {
  const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  [browser, built, axe] = await Promise.all([
    launchBrowser(),
    builtConsole(),
    readFile(axePath, "utf8"),
    mkdir(pictures, { recursive: true }),
  ]);
  const plant = demoPlant(Date.now, demoLines(linesOnWall));
  server = await startPlantServer({ plant, consoleDir: built.dir });
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await built.remove();
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(async () =>
    (window as never as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
  );
}

/** What is too small for a glove, or sticks out to the side. */
async function measured(page: Page) {
  return page.evaluate((minPx) => {
    const touched = [...document.querySelectorAll("a:not([href^='#']), button")];
    const small = touched.filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width < minPx || height < minPx;
    });
    return {
      small: small.map((element) => element.outerHTML.slice(0, 120)),
      sticksOut: document.documentElement.scrollWidth > innerWidth,
      scrolls: document.documentElement.scrollHeight > innerHeight,
    };
  }, gloveMinPx);
}

const ids = await brandIds();

describe.each(ids)("in the brand %s", (brand) => {
  describe.each(["bright", "dark"])("and %s mode", (mode) => {
    it.each(Object.entries(screens))("the %s is readable and reachable", async (screen, where) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(`${server.url}${where}?brand=${brand}&mode=${mode}`);
      await page.locator('[data-connection="live"]').waitFor();
      await page.locator("h1").first().waitFor({ state: "attached" });
      const unread: string[] = [];
      for (const [size, viewport] of Object.entries(sizes)) {
        await page.setViewportSize(viewport);
        const found = await measured(page);
        expect({ size, ...found, scrolls: screen === "wall" && found.scrolls }).toEqual({
          size,
          small: [],
          sticksOut: false,
          scrolls: false,
        });
        await page.screenshot({
          path: path.join(pictures, `${screen}-${brand}-${mode}-${size}.png`),
        });
        if (size === "phone" || size === "desk") unread.push(...(await violations(page)));
      }
      expect(unread).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });
});

it("a line on which no shift is planned says so, and shows no target", async () => {
  const page = await browser.newPage({ viewport: sizes.desk });
  await page.goto(`${server.url}/lines/assembly-1`);
  await page.getByText("No shift planned").first().waitFor();
  const panel = page.getByRole("region", { name: "Since the last shift" });
  expect(await panel.getByText("No shift planned").count()).toBe(1);
  expect(await panel.getByTestId("gap").count()).toBe(0);
  expect(await page.getByText(/next \w+,? \d\d:00/).count()).toBe(1);
  await page.close();
});

it("axe finds nothing in a picture that is not live either", async () => {
  const plant = demoPlant();
  const own = await startPlantServer({ plant, consoleDir: built.dir });
  const page = await browser.newPage({ viewport: sizes.desk });
  await page.goto(own.url);
  await page.locator('[data-connection="live"]').waitFor();
  await own.close();
  await page.locator('[data-connection="lost"]').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(pictures, "lost.png") });
  await page.close();
});
