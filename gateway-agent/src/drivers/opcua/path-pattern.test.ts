import fc from "fast-check";
import { expect, test } from "vitest";
import { advanced, beginning, isMatch, parsePathPattern } from "./path-pattern.ts";

function fits(text: string, path: string): boolean | "pruned" {
  const pattern = parsePathPattern(text);
  let progress = beginning(pattern);
  for (const name of path.split("/")) {
    progress = advanced(pattern, progress, name);
    if (progress.length === 0) return "pruned";
  }
  return isMatch(pattern, progress);
}

test.for([
  ["Filler/State", "filler/STATE", true],
  ["Filler/*", "Filler/State", true],
  ["Filler/*", "Filler", false],
  ["Filler/*", "Filler/State/Sub", "pruned"],
  ["Filler/*", "Capper/State", "pruned"],
  ["*/Good*", "Filler/GoodCount", true],
  ["*/Good*", "Filler/ScrapCount", "pruned"],
  ["**", "a/b/c", true],
  ["**/*Count", "a/b/GoodCount", true],
  ["**/*Count", "GoodCount", true],
  ["**/*Count", "a/b/State", false],
  ["Line?/**/Temp", "Line1/Temp", true],
  ["Line?/**/Temp", "Line1/x/y/Temp", true],
  ["Line?/**/Temp", "Line12/Temp", "pruned"],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "aXbY", "pruned"],
] as const)("%s over %s: %s", ([pattern, path, expected]) => {
  expect(fits(pattern, path)).toBe(expected);
});

test("stars agree with what a regular expression says", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "b", "*", "?"),
    minLength: 1,
    maxLength: 8,
  });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(letters, name, (pattern, text) => {
      fc.pre(pattern !== "**");
      const same = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(fits(pattern, text)).toBe(same.test(text) || "pruned");
    }),
    { seed: 9, numRuns: 2000 },
  );
});
