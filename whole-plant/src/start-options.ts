import { describeOptions, readOptions } from "@only-mes/simulators/config/read-options";
import { z } from "zod";

/** Options of `npm start`. */
const port = z.coerce.number().int().min(0).max(65_535);

const startOptions = z.strictObject({
  "http-port": port.default(8080).describe("console and API; 0 = any free port"),
  "mqtt-port": port.default(1883).describe("embedded broker; 0 = any free port"),
  "data-dir": z.string().min(1).default(".data").describe("everything that is kept"),
  seed: z.coerce.number().int().min(0).default(1).describe("chance of the simulated plant"),
  speed: z.coerce.number().positive().max(1000).default(1).describe("how fast plant time runs"),
  lanes: z.coerce.number().int().min(1).max(16).default(2).describe("worker threads that fold"),
  map: z.string().optional().describe("a device map of your own for the gateway"),
  "no-simulators": z.boolean().default(false).describe("no simulated plant; connect gateways"),
  "end-with-parent": z
    .boolean()
    .default(false)
    .describe("end when the process that started it is gone; npm start asks for it"),
  help: z.boolean().default(false).describe("this text"),
});

export type StartOptions = z.infer<typeof startOptions>;

/** @throws {RangeError} naming the option, what is wrong and what is allowed. */
export function parseStartOptions(args: string[]): StartOptions {
  return readOptions(startOptions, args);
}

export function startHelp(): string {
  return `npm start -- [options]\n\n${describeOptions(startOptions)}\n`;
}
