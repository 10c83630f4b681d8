import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseBrandPack } from "./parse.ts";
import { sanitiseSvg } from "./sanitise-svg.ts";

const brands = new URL("../../../brands/", import.meta.url);
const ids = readdirSync(brands, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function textOf(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, brands)), "utf8");
}

describe.each(ids)("the brand pack %s", (id) => {
  it("can be served, with the whole of its logo", () => {
    const parsed = parseBrandPack(textOf(`${id}/brand.json`));
    expect(parsed.problems).toBeUndefined();
    expect(parsed.pack?.id).toBe(id);
    expect(sanitiseSvg(textOf(`${id}/${parsed.pack?.logo}`)).removed).toEqual([]);
  });
});

describe("a brand pack that is none", () => {
  it.each([
    ["", "", "is not JSON"],
    ["{", "", "is not JSON"],
    ["[]", "", "expected object"],
    ['{"schemaVersion":1}', "id", "expected string"],
  ])("%j has a problem at %j", (text, field, message) => {
    const { problems } = parseBrandPack(text);
    const problem = problems?.find((candidate) => candidate.field === field);
    expect(problem?.message).toContain(message);
  });
});
