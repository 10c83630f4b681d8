import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import "@fontsource-variable/inter/opsz.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { getJson } from "./api/get.ts";
import { plainBrand, plainHash } from "./brand/core-brand.ts";
import { mendDeviceLanguage } from "./brand/device-language.ts";
import { chosenMode, modeOf, storedMode } from "./brand/mode.ts";
import { wearBrand } from "./brand/wear-brand.ts";
import { Console } from "./console.tsx";
import "./frame/page.css";
import { reloadSoon } from "./frame/reload.ts";
import { createLink } from "./live/link.ts";
import { createTicker } from "./live/ticker.ts";

/** A page is drawn once, in its own font and brand; but not much later than this. */
const patienceMs = 1_500;
const brandRetryMs = 10_000;
const refusedReloadMs = 5_000;

mendDeviceLanguage(navigator);

const link = createLink({ url: location.origin });
const ticker = createTicker(link);
ticker.start();
link.start();
addEventListener("online", () => link.retryNow());
// The server has been updated under an open page: its parts are gone, and it speaks anew.
addEventListener("vite:preloadError", () => reloadSoon(1));
link.store.subscribe((picture, before) => {
  if (picture.connection === "refused" && before.connection !== "refused") {
    reloadSoon(refusedReloadMs);
  }
});

const page = document.querySelector("#console");
if (page === null) throw new Error("the page has no element #console");
const root = createRoot(page);

function draw(brand: ServedBrand, brandFailed: boolean): void {
  const { mode } = modeOf(
    chosenMode(location.search, storedMode()),
    brand.pack.defaultMode,
    matchMedia("(prefers-color-scheme: dark)").matches,
  );
  wearBrand(brand, mode);
  root.render(
    <StrictMode>
      <Console brand={brand} brandFailed={brandFailed} link={link} ticker={ticker} />
    </StrictMode>,
  );
}

async function fetchBrand(): Promise<ServedBrand> {
  const asked = new URLSearchParams(location.search).get("brand");
  const query = asked === null ? "" : `?brand=${encodeURIComponent(asked)}`;
  return getJson<ServedBrand>(`/api/v1/brand${query}`);
}

let shown: string | null = null;

function show(brand: ServedBrand, failed: boolean): void {
  const look = `${brand.hash} ${failed}`;
  if (look === shown) return;
  shown = look;
  draw(brand, failed);
}

/** A brand that is late or cannot be had never leaves the page blank: it comes later, if it comes. */
async function showBrand(): Promise<void> {
  const late = setTimeout(() => {
    if (shown === null) show(plainBrand(navigator.language), false);
  }, patienceMs);
  try {
    show(await fetchBrand(), false);
  } catch {
    if (shown === null || shown.startsWith(plainHash)) {
      show(plainBrand(navigator.language), true);
      setTimeout(() => void showBrand(), brandRetryMs);
    }
  } finally {
    clearTimeout(late);
  }
}

// A server that comes back may bring a newer brand.
link.store.subscribe((picture, before) => {
  if (picture.connection === "live" && before.connection !== "live" && before.everLive) {
    void showBrand();
  }
});

const fontsAreIn = Promise.all(
  ["400", "700"].map((weight) => document.fonts.load(`${weight} 1rem "Inter Variable"`)),
).catch(() => undefined);
const patienceIsOver = new Promise((resolve) => {
  setTimeout(resolve, patienceMs);
});
await Promise.race([fontsAreIn, patienceIsOver]);
await showBrand();
