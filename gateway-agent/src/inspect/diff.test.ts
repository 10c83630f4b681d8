import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspect } from "./command-line.ts";

const lakeside = fileURLToPath(
  new URL("../../../whole-plant/device-maps/lakeside.yaml", import.meta.url),
);
let folder: string;
let changed: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "diff-"));
  changed = join(folder, "changed.yaml");
});
afterEach(() => rm(folder, { recursive: true }));

const typed = (...args: string[]) =>
  inspect(["diff", ...args], {
    write: () => undefined,
    isScreen: false,
    rows: 24,
    stopping: new AbortController().signal,
  });

async function withText(change: (text: string) => string): Promise<void> {
  await writeFile(changed, change(await readFile(lakeside, "utf8")));
}

test("what a gateway would change, and nothing for another comment", async () => {
  await withText((text) => `# new\n${text}`);
  expect(await typed(lakeside, changed)).toEqual({ output: "nothing changes\n", exitCode: 0 });
  await withText((text) =>
    text.replace("  - id: press-b\n    driver", "  - id: press-z\n    driver"),
  );
  const { output, exitCode } = await typed(lakeside, changed);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^- device press-b \(\d+ tags\)\n\+ device press-z \(\d+ tags\)\n$/);
  const json = JSON.parse((await typed(lakeside, changed, "--json")).output) as unknown;
  expect(json).toMatchObject({ devices: [{ kind: "removed" }, { kind: "added" }] });
});

test("a wrong map is named with its lines; one that is not there is a wrong call", async () => {
  await withText((text) => text.replace("version: 1", "version: 9"));
  const { output, exitCode } = await typed(lakeside, changed);
  expect(exitCode).toBe(1);
  expect(output).toMatch(/changed\.yaml:\d+:\d+ version: is 9/);
  expect((await typed(lakeside, join(folder, "none.yaml"))).exitCode).toBe(2);
});
