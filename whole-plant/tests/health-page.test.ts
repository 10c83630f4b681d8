import type { Browser, Page } from "playwright-core";
import { contrastRatio } from "@only-mes/protocols/brand-pack/contrast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { healthPage } from "../../gateway-agent/src/diagnostics/health-page.ts";
import { aDevice, aStatus } from "../../gateway-agent/tests/a-status.ts";
import { launchBrowser } from "../../line-console/tests/browser.ts";

/** In the page. */
declare const document: {
  documentElement: { scrollWidth: number };
  querySelectorAll(selector: string): Iterable<unknown>;
};
declare const getComputedStyle: (element: unknown) => Record<string, string>;
declare const innerWidth: number;

const away = { connected: false, lastError: `no connection to ${"far-".repeat(60)}away` };
const pages = {
  good: healthPage(aStatus(), 0),
  bad: healthPage(
    aStatus({
      uplink: { ...aStatus().uplink, state: "waiting" },
      held: { messages: 1, samples: 123_456_789 },
      devices: {
        "a-device-with-a-long-name-that-somebody-thought-of": aDevice(away),
        plc: aDevice({ exceptions: { 2: 1_000_000, 6: 3, 11: 70_000 } }),
      },
    }),
    0,
  ),
};

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
});

async function opened(
  page: keyof typeof pages,
  [width, height]: readonly [number, number],
  colorScheme: "light" | "dark",
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
  });
  const tab = await context.newPage();
  await tab.setContent(pages[page]);
  return tab;
}

describe.for(["good", "bad"] as const)("the gateway's health page, %s", (page) => {
  it.for([
    [320, 640],
    [390, 844],
    [820, 1180],
    [1280, 800],
    [1920, 1080],
  ] as const)("fits on %d × %d: nothing is to be pushed aside", async ([width, height]) => {
    const tab = await opened(page, [width, height], "light");
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    await tab.context().close();
  });

  it("is read from three metres: its words are as tall as a hand on a wall display", async () => {
    const tab = await opened(page, [1920, 1080], "light");
    const sizeOf = async (selector: string) =>
      tab.evaluate(
        (of) =>
          [...document.querySelectorAll(of)].map((each) =>
            Number.parseFloat(getComputedStyle(each)["fontSize"] ?? "0"),
          )[0] ?? 0,
        selector,
      );
    expect(await sizeOf("h1")).toBeGreaterThanOrEqual(80);
    expect(await sizeOf(".value")).toBeGreaterThanOrEqual(48);
    expect(await sizeOf(".more")).toBeGreaterThanOrEqual(20);
    await tab.context().close();
  });

  it.for(["light", "dark"] as const)("has words that stand out, %s", async (scheme) => {
    const tab = await opened(page, [1920, 1080], scheme);
    const pairs = await tab.evaluate(() => {
      const texts =
        "h1, header p, .tile h2, .value, .more, td, th, small, .state, footer p, strong";
      return [...document.querySelectorAll(texts)].map((element) => {
        const front = getComputedStyle(element)["color"] ?? "";
        type Node = { parentElement?: Node };
        let ground = "";
        for (let at: Node | undefined = element as Node; at; at = at.parentElement) {
          ground = getComputedStyle(at)["backgroundColor"] ?? "";
          if (ground !== "rgba(0, 0, 0, 0)") break;
        }
        return [front, ground] as const;
      });
    });
    const ratios = pairs.map(([front, ground]) => contrastRatio(hex(front), hex(ground)));
    expect(ratios.length).toBeGreaterThan(20);
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(4.5);
    await tab.context().close();
  });
});

/** `rgb(1, 2, 3)` as `#010203`. */
function hex(colour: string): string {
  const parts = colour.match(/\d+/g)?.slice(0, 3) ?? [];
  return `#${parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
}
