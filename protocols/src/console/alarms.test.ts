import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alarmEventKinds } from "../events/alarm-kinds.ts";
import { alarmDefinitionPatch, alarmDefinitionPut } from "./alarms.ts";
import { escalationRulePut } from "./andon.ts";

const page = readFileSync(new URL("../../../docs/alarms.md", import.meta.url), "utf8");

test("the definition and the rule on the page are taken as they are", () => {
  const [definition, rule] = [...page.matchAll(/```json\n(.*?)```/gs)].map(
    ([, text = ""]) => JSON.parse(text) as unknown,
  );
  expect(alarmDefinitionPut.parse(definition)).toMatchObject({ offDelayMs: 0, onDelayMs: 5000 });
  expect(escalationRulePut.parse(rule).steps[0]?.unless).toBe("acknowledged");
});

test("a patch changes nothing that it does not name", () => {
  expect(alarmDefinitionPatch.parse({ actor: "badge:1" })).toEqual({ actor: "badge:1" });
});

test.each(Object.entries(alarmEventKinds))(
  "the example of %s is one",
  (_kind, { data, example }) => {
    expect(data.safeParse(example.data).success).toBe(true);
  },
);
