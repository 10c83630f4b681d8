import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { formatClockSetting } from "@only-mes/protocols/plant/clock";
import { inspect } from "../../gateway-agent/src/inspect/command-line.ts";
import { repositoryRoot, scripts } from "./paths.ts";
import { terminalSvg } from "./terminal-svg.ts";
import { until } from "./until.ts";

/**
 * `npm run pictures`, for the gateway's README: what the commands of its first ten minutes print, run
 * against the simulated plant's PLC servers as they are served by default.
 */
/** How long somebody looks before Ctrl-C. */
const liveMs = 7000;
const silent = {
  isScreen: false,
  rows: 0,
  stopping: new AbortController().signal,
  write: () => undefined,
};
const folder = join(repositoryRoot, "docs/pictures");
const workplace = mkdtempSync(join(tmpdir(), "only-mes-terminal-"));
const readme = readFileSync(join(repositoryRoot, "gateway-agent/README.md"), "utf8");

/** A Tuesday morning, on which the plant works, whenever the pictures are taken. */
const morning = Date.parse("2026-03-03T09:40:00Z");
const clock = { realOriginMs: Date.now(), plantOriginMs: morning, speed: 5 };
const serve = ["serve", "--seed", "3", "--clock", formatClockSetting(clock)];
const state = ["--state-dir", join(workplace, "plant")];
const plant = spawn(process.execPath, [scripts.simulators, ...serve, ...state], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  // A plant that cannot have its ports ends, and its output with it.
  const [ready] = (await Promise.race([
    once(createInterface({ input: plant.stdout }), "line"),
    once(plant, "exit"),
  ])) as [unknown];
  if (typeof ready !== "string") throw new Error("the simulated plant did not start");
  process.chdir(workplace);
  writeFileSync("my-plant.yaml", mapOf(readme));
  writeFileSync("tags.csv", listOf(readme));
  await until("the press works", 120_000, pressWorks);
  await take("terminal-probe", "probe tcp://127.0.0.1:5020 holding:8 --count 5 --likely --live");
  await take("terminal-browse", "browse opc.tcp://127.0.0.1:4840 --match Filler/*");
  await take("terminal-import", "import my-plant.yaml tags.csv --apply");
  await take("terminal-watch", "watch my-plant.yaml --for 6");
} finally {
  const gone = once(plant, "exit");
  plant.kill();
  await gone;
  process.chdir(repositoryRoot);
  rmSync(workplace, { recursive: true, force: true });
}

/** It has counted strokes: a machine that stands still shows zeros. */
async function pressWorks(): Promise<true | undefined> {
  const { output } = await inspect(
    ["probe", "tcp://127.0.0.1:5020", "holding:8", "--count", "2", "--json"],
    silent,
  );
  const { values } = JSON.parse(output) as { values: { raw: number }[] };
  return values.some(({ raw }) => raw > 50) ? true : undefined;
}

/** Runs a command as a person would, in a terminal with a screen, and draws what stands on it at the end. */
async function take(name: string, command: string): Promise<void> {
  let screen = "";
  const enough = command.includes("--live") ? AbortSignal.timeout(liveMs) : silent.stopping;
  const { output } = await inspect(command.split(" "), {
    isScreen: true,
    rows: 60,
    stopping: enough,
    write: (text) => {
      // Each picture begins at the top of the screen.
      screen = text.includes("\u001b[H") ? text : screen + text;
    },
  });
  const shown = stripVTControlCharacters(output === "" ? screen : output);
  const svg = terminalSvg(`npm run inspect -- ${command}`, shown.trimEnd().split("\n"));
  writeFileSync(join(folder, `${name}.svg`), svg);
  process.stdout.write(`docs/pictures/${name}.svg\n`);
}

/** The map and the list that the README tells to write. */
function mapOf(text: string): string {
  return blockOf(text, "yaml");
}

function listOf(text: string): string {
  return blockOf(text, "csv");
}

function blockOf(text: string, language: string): string {
  const block = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, "m").exec(text);
  if (block === null) throw new Error(`the README has no block of ${language}`);
  const [, indent = "", body = ""] = block;
  return body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}
