import { inspect } from "./command-line.ts";

const { output, exitCode } = inspect(process.argv.slice(2));
(exitCode === 2 ? process.stderr : process.stdout).write(output);
process.exitCode = exitCode;
