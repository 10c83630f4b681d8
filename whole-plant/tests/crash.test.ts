import { describe, expect, it } from "vitest";
import { simulate } from "../src/simulated-run.ts";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faultKinds } from "@only-mes/simulators/faults/plan";

describe("a plant whose processes and wires fail", () => {
  it("ends with exactly the truth of its machines", { timeout: 180_000 }, async () => {
    const verdict = await simulate({
      seed: 7,
      minutes: 12,
      speed: 15,
      lanes: 2,
      faults: [...faultKinds],
      json: false,
      help: false,
      dataDir: mkdtempSync(join(tmpdir(), "only-mes-crash-")),
      say: () => {},
    });
    expect(verdict.differences).toEqual([]);
    expect(verdict.result.samples).toMatchObject({ lost: 0, doubled: 0 });
    expect(Object.keys(verdict.faults).length).toBeGreaterThan(3);
  });
});
