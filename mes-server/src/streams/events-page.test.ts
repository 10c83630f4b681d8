import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { eventsPage } from "./events-page.ts";

const page = fileURLToPath(new URL("../../../docs/events.md", import.meta.url));

test("docs/events.md is what the tables of kinds and states say", async () => {
  await expect(eventsPage()).toMatchFileSnapshot(page);
});
