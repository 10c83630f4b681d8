import type { Mode } from "./looks.ts";

/** What a person chose; without a choice the brand's default holds. */
export type ModeChoice = Mode | "device";

export const modeChoices: readonly ModeChoice[] = ["bright", "dark", "device"];

const storageKey = "only-mes.mode";

function asModeChoice(text: string | null): ModeChoice | null {
  return modeChoices.find((choice) => choice === text) ?? null;
}

/** The address wins, so that a wall display without a keyboard can be set up by its URL. */
export function chosenMode(search: string, stored: string | null): ModeChoice | null {
  return asModeChoice(new URLSearchParams(search).get("mode")) ?? asModeChoice(stored);
}

export function modeOf(
  choice: ModeChoice | null,
  brandDefault: Mode,
  deviceIsDark: boolean,
): { mode: Mode; choice: ModeChoice } {
  const held = choice ?? brandDefault;
  return { choice: held, mode: held === "device" ? (deviceIsDark ? "dark" : "bright") : held };
}

/** A browser may forbid storage: then the choice lasts as long as the page. */
export function storedMode(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

export function storeMode(choice: ModeChoice): void {
  try {
    localStorage.setItem(storageKey, choice);
  } catch {
    return;
  }
}
