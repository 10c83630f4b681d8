import { z } from "zod";
import { clockOption } from "./clock-option.ts";
import { serveOptions } from "./serve-options.ts";

const { shape } = serveOptions;

/** Options of `replay`; their descriptions are the help text. */
export const replayOptions = z.strictObject({
  log: z
    .string({ error: "is required: the CSV file to replay" })
    .min(1)
    .describe("CSV with the header time,unit,signal,value"),
  speed: z.coerce
    .number()
    .positive()
    .default(1)
    .describe("log seconds to a second; give the clock of the ready line to the other processes"),
  times: z
    .enum(["now", "log"])
    .default("now")
    .describe("now: as if it happened now; log: with the times of the log"),
  clock: clockOption
    .optional()
    .describe("plant time, instead of --speed and --times; the log begins at its now"),
  "state-dir": shape["state-dir"],
  "opcua-port": shape["opcua-port"],
  "modbus-port": shape["modbus-port"],
  "meter-port": shape["meter-port"],
});

export type ReplayOptions = z.infer<typeof replayOptions>;
