import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser } from "../../line-console/tests/browser.ts";
import type { Plant } from "../src/plant.ts";
import { until } from "../src/until.ts";
import { temporaryPlant } from "./temporary-plant.ts";

let plant: Plant;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  plant = await temporaryPlant();
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await plant?.stop();
});

const connection = (): ReturnType<Page["locator"]> => page.getByTestId("connection");

async function shownGood(line: string): Promise<number> {
  const good = page.locator(`[data-line="${line}"]`).getByTestId("good").first();
  return Number(await good.getAttribute("data-value"));
}

describe("the console on a real plant", () => {
  it("shows both lines with values that change", async () => {
    await page.goto(plant.http);
    for (const line of ["bottling-1", "stamping-1"]) {
      await page.locator(`[data-line="${line}"][data-live="true"]`).first().waitFor();
      const before = await shownGood(line);
      await until(`${line} makes pieces`, 60_000, async () =>
        (await shownGood(line)) > before ? true : undefined,
      );
    }
    expect(await connection().getAttribute("data-connection")).toBe("live");
  });

  it("says that it is disconnected, shows no old value as live, and comes back by itself", async () => {
    await page.locator('[data-line="stamping-1"][data-live="true"]').first().waitFor();
    const server = plant.server.current();
    server.kill();
    await server.exited;
    await until("a connection that is said to be lost", 5000, async () =>
      (await connection().getAttribute("data-connection")) === "live" ? undefined : true,
    );
    expect(await page.locator('[data-live="true"]').count()).toBe(0);
    await plant.server.ready();
    await page
      .locator('[data-line="stamping-1"][data-live="true"]')
      .first()
      .waitFor({ timeout: 30_000 });
    expect(await connection().getAttribute("data-connection")).toBe("live");
    const before = await shownGood("stamping-1");
    await until("values that change again", 30_000, async () =>
      (await shownGood("stamping-1")) > before ? true : undefined,
    );
  });

  it("is another brand in another language on the same core", async () => {
    await page.goto(`${plant.http}/?brand=steinbach`);
    await page.locator('[data-line="bottling-1"]').first().waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    await page.goto(`${plant.http}/?brand=northwind`);
    await page.locator('[data-line="bottling-1"]').first().waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
  });

  it("opens the board of a line and the trend of a signal", async () => {
    await page.goto(`${plant.http}/lines/bottling-1`);
    const signal = page.locator("[data-signal]").first();
    await signal.waitFor();
    await page.goto(`${plant.http}/lines/bottling-1/signals/bottling-1.filler.fill-temperature`);
    await page.locator("canvas").first().waitFor();
    expect(await connection().getAttribute("data-connection")).not.toBeNull();
  });
});
