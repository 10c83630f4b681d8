import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandOutcomes, commandRequest, refusalCodes } from "./command.ts";

const page = readFileSync(new URL("../../../docs/commands.md", import.meta.url), "utf8");

test("the page has every outcome and every code, and no other", () => {
  const rows = [...page.matchAll(/^\| `([a-zA-Z]+)` \| /gm)].map(([, name = ""]) => name);
  const known: string[] = [...commandOutcomes, ...refusalCodes];
  const fields = Object.keys(commandRequest.shape);
  expect(new Set(rows.filter((name) => !fields.includes(name)))).toEqual(new Set(known));
});

test("the request on the page is one", () => {
  const [, example = ""] = /```json\n(\{\n.*?)```/s.exec(page) ?? [];
  expect(commandRequest.parse(JSON.parse(example)).timeToLiveMs).toBe(5000);
});
