import { formatClockSetting, wallClockSetting } from "@only-mes/protocols/plant/clock";
import { z } from "zod";
import { clockOption } from "./clock-option.ts";

const port = z.coerce.number().int().min(0).max(65_535);

/** Options of `serve`; their descriptions are the help text. */
export const serveOptions = z.strictObject({
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .default(1)
    .describe("whole number; the same seed makes the same plant and the same history"),
  clock: clockOption
    .prefault(formatClockSetting(wallClockSetting))
    .describe("plant time: <realOriginMs>,<plantOriginMs>,<speed>; the wall clock if absent"),
  "state-dir": z
    .string()
    .min(1)
    .default(".data/simulators")
    .describe("keeps the plant over restarts, and the OPC UA server's keys"),
  "opcua-port": port.default(4840).describe("of the bottling line's PLC; 0 is any free port"),
  "modbus-port": port.default(5020).describe("of the presses' PLC; 0 is any free port"),
  "meter-port": port.default(5021).describe("of the energy meter; 0 is any free port"),
  "for-minutes": z.coerce
    .number()
    .positive()
    .optional()
    .describe("the plant stops producing after so many minutes of plant time"),
  "truth-file": z
    .string()
    .min(1)
    .optional()
    .describe("every piece, state change and reset, a line of JSON each"),
  "wait-for-begin": z
    .boolean()
    .default(false)
    .describe("a new plant stands still until the IPC message {type: begin}"),
});

export type ServeOptions = z.infer<typeof serveOptions>;
