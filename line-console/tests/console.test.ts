import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "./browser.ts";
import type { BuiltConsole } from "./built-console.ts";
import { builtConsole } from "./built-console.ts";
import { demoPlant } from "./demo-plant.ts";
import type { PlantServer, PlantServerOptions } from "./plant-server.ts";
import { startPlantServer } from "./plant-server.ts";
import type { HeldPlant } from "./served-plant.ts";

const line = "bottling-1";
const signal = `${line}.filler.fill-temperature`;
const lostWithinMs = 4_000;

let browser: Browser;
let built: BuiltConsole;
let plant: HeldPlant;
let server: PlantServer;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, built] = await Promise.all([launchBrowser(), builtConsole()]);
});

afterAll(async () => {
  await browser.close();
  await built.remove();
});

beforeEach(async () => {
  plant = demoPlant();
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});

afterEach(async () => {
  await page.close();
  await server.close();
});

async function open(path = "/", options: Partial<PlantServerOptions> = {}): Promise<void> {
  server = await startPlantServer({ plant, consoleDir: built.dir, ...options });
  await page.goto(server.url + path);
}

const connection = (state: string) =>
  page.locator(`[data-testid="connection"][data-connection="${state}"]`);
const good = () => page.locator(`[data-line="${line}"]`).getByTestId("good");
const goodIs = async (value: number) =>
  page.locator(`[data-line="${line}"] [data-testid="good"][data-value="${value}"]`).waitFor();

function change(...given: Parameters<HeldPlant["change"]>): void {
  for (const moved of plant.change(...given)) server.publish(moved);
}

/** Places of everything that can be touched or read from afar. */
async function places(): Promise<unknown> {
  return page.evaluate(() =>
    [...document.querySelectorAll("a, button, [data-line], [data-testid=good]")].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [element.className, x, y, width, height];
    }),
  );
}

describe("the wall", () => {
  it("shows every line, worst first, and follows what changes", async () => {
    await open();
    await connection("live").waitFor();
    const order = await page
      .locator("[data-line]")
      .evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute("data-line")));
    expect(order).toEqual(["stamping-1", "bottling-1"]);
    change(line, { line: { good: 123_456 } });
    await goodIs(123_456);
    expect(await good().textContent()).toBe("123,456");
    expect(complaints).toEqual([]);
  });

  it("says that it is disconnected, shows nothing as live, and comes back by itself", async () => {
    await open();
    await connection("live").waitFor();
    await page.locator('[data-live="true"]').first().waitFor();
    const before = await places();
    const { port } = server;
    const killedAt = Date.now();
    await server.close();
    await connection("lost").waitFor({ timeout: lostWithinMs });
    expect(Date.now() - killedAt).toBeLessThan(lostWithinMs);
    expect(await page.locator('[data-live="true"]').count()).toBe(0);
    expect(await page.getByRole("alert").isVisible()).toBe(true);
    expect(await page.getByTestId("as-of").textContent()).toMatch(/\d\d:\d\d:\d\d, \d+ s ago/);
    await page.getByText(/[2-9] s ago/).waitFor();
    expect(await places()).toEqual(before);

    plant = demoPlant();
    plant.change(line, { line: { good: 777_777 } });
    server = await startPlantServer({ plant, consoleDir: built.dir, port });
    await connection("live").waitFor();
    await goodIs(777_777);
    await page.locator(`[data-line="${line}"][data-live="true"]`).waitFor();
    change(line, { line: { good: 777_778 } });
    await goodIs(777_778);
  });

  it("takes a server that says nothing for one that is gone, though the socket is open", async () => {
    await open();
    await connection("live").waitFor();
    server.mute();
    await connection("lost").waitFor({ timeout: lostWithinMs });
    expect(await page.locator('[data-live="true"]').count()).toBe(0);
    change(line, { line: { good: 42 } });
    server.unmute();
    await connection("live").waitFor();
    await goodIs(42);
  });

  it("shows a stale line as the past, while the others are live", async () => {
    await open();
    await connection("live").waitFor();
    change(line, { line: { stale: true, lastSampleAtMs: plant.nowMs() - 90_000 } });
    const tile = page.locator(`[data-line="${line}"]`);
    await page.locator(`[data-line="${line}"][data-look="unknown"]`).waitFor();
    expect(await tile.getAttribute("data-live")).toBe("false");
    expect(await tile.getAttribute("data-state")).toBe("Execute");
    expect(await tile.textContent()).toContain("No data for 1 min");
    expect(await page.locator('[data-line="stamping-1"]').getAttribute("data-live")).toBe("true");
  });

  it("refuses to guess when server and page are of different versions", async () => {
    await open("/", { protocolVersion: 99 });
    await connection("lost").waitFor();
    await page.getByRole("button", { name: "Reload" }).waitFor();
    expect(await page.locator("[data-line]").count()).toBe(0);
  });
});

describe("a line and its signals", () => {
  it("are a tap away from each other, in the brand and mode that were asked for", async () => {
    await open("/?brand=steinbach&mode=dark");
    await page.locator(`[data-line="${line}"]`).click();
    await page.waitForURL(`**/lines/${line}?brand=steinbach&mode=dark`);
    await page.locator(`[data-signal="${signal}"]`).click();
    await page.waitForURL(`**/signals/${signal}?brand=steinbach&mode=dark`);
    await page.locator("canvas").waitFor();
    expect(await page.title()).toBe("Fülltemperatur \u2013 Steinbach Umformtechnik");
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    expect(await page.locator("html").getAttribute("data-mode")).toBe("dark");
    await page.getByRole("button", { name: "Tabelle" }).click();
    expect(await page.getByRole("row").count()).toBeGreaterThan(10);
    await page.goBack();
    await page.locator(`[data-line="${line}"]`).waitFor();
    expect(complaints).toEqual([]);
  });

  it("draw one cell anew when one value changes", async () => {
    await open(`/lines/${line}`);
    await connection("live").waitFor();
    await page.locator(`[data-signal="${signal}"]`).waitFor();
    await page.evaluate(() => {
      const drawn: string[][] = [];
      Object.assign(window, { drawn });
      new MutationObserver((mutations) => {
        const places = mutations.flatMap(({ target }) => {
          const element = target instanceof Element ? target : target.parentElement;
          if (element?.closest("time, [data-age]") !== null) return [];
          return element.closest("[data-signal]")?.getAttribute("data-signal") ?? "elsewhere";
        });
        drawn.push([...new Set(places)]);
      }).observe(document.querySelector("[data-line]") ?? document.body, {
        subtree: true,
        attributes: true,
        characterData: true,
        childList: true,
      });
    });
    // The clock moves what is around the cells ("for 4:12", the pace), now and then with a value.
    for (const value of [99.1, 99.2, 99.3, 99.4, 99.5]) {
      change(line, { signals: { [signal]: { value } } });
      await page.locator(`[data-signal="${signal}"][data-value="${value}"]`).waitFor();
    }
    const drawn = await page.evaluate(() => (window as never as { drawn: string[][] }).drawn);
    const cells = new Set(drawn.flat().filter((place) => place !== "elsewhere"));
    expect(cells).toEqual(new Set([signal]));
    expect(drawn).toContainEqual([signal]);
  });

  it("say of a value that could not be read that it could not", async () => {
    await open(`/lines/${line}`);
    await connection("live").waitFor();
    change(line, { signals: { [signal]: { value: null, quality: 0, stale: true } } });
    const cell = page.locator(`[data-signal="${signal}"][data-quality="0"]`);
    await cell.waitFor();
    expect(await cell.textContent()).toContain("not readable");
    expect(await cell.getAttribute("data-live")).toBe("false");
  });

  it("are not found where there are none", async () => {
    await open("/lines/nowhere");
    await page.getByRole("heading", { name: "There is no line nowhere here" }).waitFor();
    await page.getByRole("link", { name: "All lines" }).click();
    await page.locator(`[data-line="${line}"]`).waitFor();
    await page.goto(`${server.url}/orders/7`);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    expect(await page.locator("[data-line]").count()).toBe(0);
  });
});

describe("a browser that was started without a locale", () => {
  it("shows the trend all the same, and the plain brand where none can be had", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "language", { get: () => "en-US@posix" });
    });
    await open(`/lines/${line}/signals/${signal}`, { brandFails: true });
    await connection("live").waitFor();
    await page.locator("canvas").waitFor();
    expect(complaints.filter((text) => text.includes("language"))).toEqual([]);
  });
});

describe("the brand", () => {
  it("may fail without leaving the page blank", async () => {
    await open("/", { brandFails: true });
    await connection("live").waitFor();
    await page.getByText("The brand could not be loaded").waitFor();
    expect(await page.locator("[data-line]").count()).toBe(2);
  });

  it("gives way to the mode that a person chose, also after a reload", async () => {
    await open();
    const mode = async () => page.locator("html").getAttribute("data-mode");
    await connection("live").waitFor();
    expect(await mode()).toBe("dark");
    await page.getByRole("button", { name: "Display: dark" }).click();
    await page.getByRole("button", { name: "Display: as the device" }).click();
    await page.getByRole("button", { name: "Display: bright" }).waitFor();
    expect(await mode()).toBe("bright");
    await page.reload();
    await page.getByRole("button", { name: "Display: bright" }).waitFor();
    expect(await mode()).toBe("bright");
  });
});
