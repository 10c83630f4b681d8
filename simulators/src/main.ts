import { describeOptions, readOptions, serveOptions } from "./config/serve-options.ts";
import { serve } from "./serve/serve.ts";

const help = `Usage: node simulators/src/main.ts <command> [options]

  serve    a simulated plant behind real PLC servers: OPC UA and Modbus TCP on 127.0.0.1

Options of serve:
${describeOptions(serveOptions)}
`;

const commands: Record<string, (argv: string[]) => Promise<void>> = {
  serve: async (argv) => serve(readOptions(serveOptions, argv)),
};

const [name = "--help", ...argv] = process.argv.slice(2);
const command = commands[name];

if (name === "--help" || argv.includes("--help")) {
  process.stdout.write(help);
} else if (command === undefined) {
  process.stderr.write(`there is no command "${name}"\n\n${help}`);
  process.exitCode = 2;
} else {
  await command(argv).catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  });
}
