import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulateDays } from "../src/fortnight/simulate-days.ts";

test("a day of shifts, orders, stops and edits is equal to the truth, through kills and messages that come late and twice", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-day-"));
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const verdict = await simulateDays({
    seed: 3,
    days: 1,
    speed: 8000,
    lanes: 2,
    isRough: true,
    dataDir,
    say,
  });
  expect({ said, differences: verdict.differences }).toEqual({ said, differences: [] });
  expect(verdict.compared["stops"]).toBeGreaterThan(0);
  rmSync(dataDir, { recursive: true });
}, 180_000);
