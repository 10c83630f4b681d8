import { describe, expect, test } from "vitest";
import { eventKinds } from "./kinds.ts";

describe("kinds of events", () => {
  test.each(Object.entries(eventKinds))("%s has an example of its shape", (kind, row) => {
    expect(kind).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
    expect(row.data.strict().parse(row.example.data)).toEqual(row.example.data);
  });
});
