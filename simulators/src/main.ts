import { loadOptions } from "./config/load-options.ts";
import { replayOptions } from "./config/replay-options.ts";
import { describeOptions, readOptions } from "./config/read-options.ts";
import { serveOptions } from "./config/serve-options.ts";

const help = `Usage: npm run simulators -- <command> [options]

  serve    a simulated plant behind real PLC servers, OPC UA and Modbus TCP on 127.0.0.1
  replay   a recorded log behind the same PLC servers
  load     messages for a broker, until the server behind it has committed them

Options of serve:
${describeOptions(serveOptions)}

Options of replay:
${describeOptions(replayOptions)}

  A line of the log is a time (ISO 8601 with a zone, or milliseconds since 1970), a unit such as
  filler or bottling-1.filler, a signal such as state or good-count, and a value: a number, a text,
  true, false, or the PackML name of a state. Units and signals that the demonstration plant does
  not have become OPC UA nodes s=<unit>.<signal>. Try simulators/examples/bottling-morning.csv.

Options of load:
${describeOptions(loadOptions)}
`;

/** Each command is loaded when it is called: the help is there at once. */
const commands: Record<string, (argv: string[]) => Promise<void>> = {
  async serve(argv) {
    const options = readOptions(serveOptions, argv);
    const { serve } = await import("./serve/serve.ts");
    await serve(options);
  },
  async replay(argv) {
    const options = readOptions(replayOptions, argv);
    const { replay } = await import("./replay/replay.ts");
    await replay(options);
  },
  async load(argv) {
    const options = readOptions(loadOptions, argv);
    const { publishLoad } = await import("./load/publishLoad.ts");
    const result = await publishLoad({
      mqttUrl: options.mqtt,
      edgeNodes: options.nodes,
      signalsPerNode: options.signals,
      samplesPerMessage: options.message,
      window: options.window,
      samples: options.samples,
      group: options.group,
      hostId: options.host,
      ...(options.rate !== undefined && { samplesPerSecond: options.rate }),
    });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (result.acknowledged.samples < result.published.samples) process.exitCode = 1;
  },
};

const [name = "--help", ...argv] = process.argv.slice(2);
const command = commands[name];

if (name === "--help" || name === "help" || argv.includes("--help")) {
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
