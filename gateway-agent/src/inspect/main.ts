import { inspect } from "./command-line.ts";

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort());
process.once("SIGTERM", () => stopping.abort());
// Whoever read it has gone, as `| head` does.
process.stdout.on("error", () => stopping.abort());

const { output, exitCode } = await inspect(process.argv.slice(2), {
  write: (text) => void process.stdout.write(text),
  isScreen: process.stdout.isTTY,
  rows: process.stdout.isTTY ? process.stdout.rows : 0,
  stopping: stopping.signal,
});
(exitCode >= 2 ? process.stderr : process.stdout).write(output);
process.exitCode = exitCode;
