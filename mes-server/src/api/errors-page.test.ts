import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { deadLetterReasons } from "../pipeline/laneTask.ts";
import { deadLetterReasonTexts } from "./dead-letter-reasons.ts";
import { errorsPage } from "./errors-page.ts";

const page = fileURLToPath(new URL("../../../docs/errors.md", import.meta.url));

describe("docs/errors.md", () => {
  it("is what the tables of codes say", async () => {
    await expect(errorsPage()).toMatchFileSnapshot(page);
  });

  it("has every reason of a dead letter, and no other", () => {
    expect(Object.keys(deadLetterReasonTexts).sort()).toEqual([...deadLetterReasons].sort());
  });
});
