import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  formatClockSetting,
  parseClockSetting,
  plantClock,
  wallClockSetting,
  type ClockSetting,
} from "@only-mes/protocols/plant/clock";

/**
 * The clock of a data directory. Accelerated time goes on through a stop of the plant, so a second
 * start never runs behind the samples that the first one stored; at another speed it goes on from
 * the instant that the old clock shows now. A new directory begins with the wall clock.
 */
export function clockOfDirectory(dataDir: string, speed: number): ClockSetting {
  const file = join(dataDir, "clock");
  const before = existsSync(file)
    ? parseClockSetting(readFileSync(file, "utf8").trim())
    : wallClockSetting;
  const setting = before.speed === speed ? before : continueAt(before, speed);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${formatClockSetting(setting)}\n`);
  return setting;
}

function continueAt(before: ClockSetting, speed: number): ClockSetting {
  return { realOriginMs: Date.now(), plantOriginMs: plantClock(before).now(), speed };
}
