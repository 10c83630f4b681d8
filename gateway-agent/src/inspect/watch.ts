import { setTimeout as delay } from "node:timers/promises";
import type { Device } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { loadMap } from "../config/load-map.ts";
import { OptionError } from "../config/options.ts";
import { driverFactory } from "../drivers/registry.ts";
import {
  advanced,
  beginning,
  isMatch,
  parsePathPattern,
  type PathPattern,
} from "../drivers/opcua/path-pattern.ts";
import { CallError, meant, type Call, type Command, type Outcome } from "./command.ts";
import { draw } from "./rounds.ts";
import { WatchedDevice, type WatchedValue } from "./watched-device.ts";
import { formatTable } from "./table.ts";

const drawEveryMs = 500;

export const watch: Command = {
  summary: "Shows live values straight from the devices of a map; nothing is sent or stored.",
  takes: "<device map>",
  argumentsMin: 1,
  argumentsMax: 1,
  options: {
    device: { value: "<id>", repeated: true, help: "this device only" },
    signal: { value: "<glob>", repeated: true, help: "only these, such as filler/* or */good-*" },
    endpoint: { value: "<device>=<url>", repeated: true, help: "in place of the map's" },
    changes: { help: "each sample on a line of its own, as it comes, instead of a table" },
    for: { value: "<seconds>", help: "end by itself; else at Ctrl-C" },
    "data-dir": { value: "<folder>", help: "the gateway's, with its certificates (.data/gateway)" },
  },
  notes: `Values are those that the gateway would send: read by its drivers, scaled, through deadband and
heartbeat. "age" is how long ago a value was so; a value that could not be read is "bad", and the error
of its device stands below. It opens connections of its own beside a running gateway. Exit code 3 if
no device answered at all. Without a screen, and with --json, each sample is a line.`,
  examples: [
    "watch my-plant.yaml",
    "watch my-plant.yaml --device press-a --signal '*/good-*'",
    "watch my-plant.yaml --changes --for 60",
  ],
  async run(call, terminal) {
    const { devices } = mapOf(call);
    const patterns = call.all("signal").map((text) => parsePathPattern(text));
    const seconds = call.number("for", { least: 1, most: 86_400 });
    const asLines = !terminal.isScreen || call.flag("changes") || call.flag("json");
    const clock = plantClock();
    const write = lineWriter(call.flag("json"), (line) => terminal.write(line));
    const watched = devices.map((device) => {
      const shows = (signal: string) => patterns.length === 0 || patterns.some(matching(signal));
      return new WatchedDevice(device, {
        clock,
        shows,
        ...(asLines && {
          sampled: (value) => write.sample(value),
          failed: (id, why) => write.error(id, why),
        }),
      });
    });
    const dataDir = call.text("data-dir") ?? ".data/gateway";
    const createDriver = driverFactory();
    for (const one of watched) {
      const { device } = one;
      const driver = { device, clock, sink: one, dataDir, random: Math.random };
      one.start(await createDriver(driver));
    }
    const picture = () => pictureOf(watched, clock.now());
    const drawing = asLines ? undefined : setInterval(() => draw(terminal, picture()), drawEveryMs);
    if (drawing !== undefined) terminal.write("\u001b[2J");
    await until(seconds, terminal.stopping);
    clearInterval(drawing);
    if (!asLines) draw(terminal, picture());
    await Promise.all(watched.map((one) => one.stop()));
    return ended(watched);
  },
};

function mapOf(call: Call): { devices: readonly Device[] } {
  const endpoints = new Map(
    call.all("endpoint").map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new CallError(`--endpoint ${text}: allowed is <device>=<url>.`);
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
  try {
    const { devices } = loadMap(call.args[0] ?? "", endpoints);
    const asked = call.all("device");
    const ids = devices.map(({ id }) => id);
    const unknown = asked.find((id) => !ids.includes(id));
    if (unknown !== undefined) {
      const has = ids.join(", ");
      throw new CallError(
        `The map has no device "${unknown}" (it has ${has}).${meant(unknown, ids)}`,
      );
    }
    return {
      devices: asked.length === 0 ? devices : devices.filter(({ id }) => asked.includes(id)),
    };
  } catch (error) {
    if (error instanceof OptionError) throw new CallError(error.message);
    throw error;
  }
}

function matching(signal: string): (pattern: PathPattern) => boolean {
  return (pattern) => {
    const names = signal.split("/");
    const progress = names.reduce((at, name) => advanced(pattern, at, name), beginning(pattern));
    return isMatch(pattern, progress);
  };
}

async function until(seconds: number | undefined, stopping: AbortSignal): Promise<void> {
  const ms = seconds === undefined ? 2 ** 31 - 1 : seconds * 1000;
  try {
    await delay(ms, undefined, { signal: stopping });
  } catch {
    // Ctrl-C.
  }
}

function lineWriter(asJson: boolean, write: (line: string) => void) {
  return {
    sample({ device, signal, value, timeMs, unit }: WatchedValue) {
      const time = new Date(timeMs).toISOString();
      const plain = typeof value === "bigint" ? String(value) : value;
      const text = value === null ? "bad" : `${textOf(value)}${unit === "" ? "" : ` ${unit}`}`;
      write(
        asJson
          ? `${JSON.stringify({ time, device, signal, value: plain })}\n`
          : `${time}  ${device}  ${signal}  ${text}\n`,
      );
    },
    error(device: string, message: string) {
      write(asJson ? `${JSON.stringify({ device, error: message })}\n` : `${device}  ${message}\n`);
    },
  };
}

function pictureOf(watched: readonly WatchedDevice[], nowMs: number): string {
  const values = watched.flatMap((one) => one.values());
  const rows = values.map(({ device, signal, value, unit, timeMs, changes }) => [
    device,
    signal,
    value === null ? "bad" : shortened(textOf(value)),
    unit,
    timeMs === 0 ? "" : ageText(nowMs - timeMs),
    String(changes),
  ]);
  const table = formatTable(["device", "signal", "value", "", "age", "samples"], rows);
  const states = watched.map((one) => `${one.device.id}: ${one.state()}`);
  return [table, "", ...states].join("\n");
}

/** Seven digits are what a float32 has; whole numbers are exact. */
function textOf(value: Exclude<WatchedValue["value"], null>): string {
  const isReal = typeof value === "number" && !Number.isInteger(value);
  return String(isReal ? Number(value.toPrecision(7)) : value);
}

function shortened(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

function ageText(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

function ended(watched: readonly WatchedDevice[]): Outcome {
  const isAnyReached = watched.some(({ wasConnected }) => wasConnected);
  if (isAnyReached) return { output: "", exitCode: 0 };
  const why = watched.map((one) => `${one.device.id}: ${one.state()}`);
  return { output: `${why.join("\n")}\n`, exitCode: 3 };
}
