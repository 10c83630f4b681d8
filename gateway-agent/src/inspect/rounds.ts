import { setTimeout as delay } from "node:timers/promises";
import type { Call, Terminal } from "./command.ts";

/** Options of commands that look again and again. */
export const roundOptions = {
  live: { help: "look again and again, until Ctrl-C" },
  every: { value: "<ms>", help: "how often --live looks (1000)" },
  rounds: { value: "<n>", help: "end after so many looks" },
} as const;

/** How often a command looks, and how many times; once if it was asked for nothing else. */
export function roundsOf(call: Call): { everyMs: number; rounds: number } {
  const everyMs = call.number("every", { least: 20, most: 3_600_000 }) ?? 1000;
  const asked = call.number("rounds", { least: 1, most: 1_000_000 });
  return { everyMs, rounds: asked ?? (call.flag("live") ? Number.POSITIVE_INFINITY : 1) };
}

/** Waits, unless the person has had enough: then `false`. */
export async function pause(ms: number, stopping: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal: stopping });
    return true;
  } catch {
    return false;
  }
}

/** A picture over the last one, as much of it as the screen has rows for; below it where there is no screen. */
export function draw(terminal: Terminal, picture: string): void {
  if (!terminal.isScreen) {
    terminal.write(`${picture}\n`);
    return;
  }
  const lines = picture.split("\n");
  const fits = Math.max(1, terminal.rows - 1);
  const shown =
    lines.length > fits
      ? [...lines.slice(0, fits - 1), `… ${lines.length - fits + 1} more lines`]
      : lines;
  const clearLine = "\u001b[K";
  terminal.write(`\u001b[H${shown.map((line) => `${line}${clearLine}\n`).join("")}\u001b[J`);
}
