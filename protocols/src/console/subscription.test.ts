import { describe, expect, it } from "vitest";
import { topicName } from "./subscription.ts";

describe("the name of a topic", () => {
  it.each(["andon", "line:bottling-1", "line:a", "line:press_2"])("may be %s", (topic) => {
    expect(topicName.parse(topic)).toBe(topic);
  });

  it.each([
    "",
    "line:",
    "line:A",
    "line:-a",
    "andon:1",
    "line:a.b",
    "stock",
    "line:a ",
    null,
    7,
    {},
  ])("may not be %j", (topic) => {
    expect(topicName.safeParse(topic).success).toBe(false);
  });
});
