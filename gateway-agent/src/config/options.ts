import { parseArgs } from "node:util";
import { parseClockSetting, wallClockSetting } from "@only-mes/protocols/plant/clock";
import { z } from "zod";
import { crashPoints } from "../crash-points.ts";
import { dropPolicies } from "../outbox/make-room.ts";

/** The options of the gateway: type, defaults and documentation. */
const port = z.coerce.number().int().min(0).max(65_535);

const optionsSchema = z.strictObject({
  map: z.string().describe("the device map, a YAML file"),
  "map-from": z
    .enum(["deployed", "file"])
    .default("deployed")
    .describe(
      "deployed: a map that the server has deployed stands above the file; file: none is taken",
    ),
  mqtt: z
    .string()
    .regex(/^(mqtts?|tcp|ssl|wss?):\/\/\S+$/, "an MQTT address such as mqtt://127.0.0.1:1883")
    .describe("the broker; environment MQTT_URL"),
  "data-dir": z.string().default(".data/gateway").describe("where outbox and certificates live"),
  "primary-host": z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "a Sparkplug host id, or none")
    .default("only-mes")
    .describe("the host whose STATE births wait for; none: no host, the broker's word is enough"),
  "acknowledged-by": z
    .enum(["host", "broker"])
    .optional()
    .describe(
      "whose word trims the outbox: host, after its commit; broker, for hosts of other makes (default host, with --primary-host none broker)",
    ),
  member: z
    .string()
    .optional()
    .describe("which member of the map's redundancy this process is; needed if the map has any"),
  "http-port": port.default(8081).describe("status, health and metrics; 0 is any free port"),
  "http-host": z.string().default("127.0.0.1").describe("address to listen on"),
  endpoint: z
    .array(z.string().regex(/^[^=]+=\S+$/, "<device>=<url>"))
    .default([])
    .describe("<device>=<url>, in place of the map's endpoint; may be repeated"),
  "outbox-megabytes": z.coerce
    .number()
    .min(1)
    .default(2048)
    .describe("above it the oldest analog samples are dropped first"),
  "outbox-drop": z
    .enum(dropPolicies)
    .default("analogs-first")
    .describe(
      "above --outbox-megabytes: analogs-first spares counters, states and stop codes as long as anything else is there",
    ),
  "outbox-hours": z.coerce.number().positive().default(720).describe("older samples are dropped"),
  "backlog-rate": z.coerce
    .number()
    .min(1)
    .default(20_000)
    .describe("samples a second that are sent of what was held, beside what happens now"),
  clock: z
    .string()
    .optional()
    .describe("<realOriginMs>,<plantOriginMs>,<speed>: plant time of a simulation"),
  "log-level": z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("of the JSON log on stderr"),
  "crash-at": z
    .string()
    .regex(
      new RegExp(`^(${crashPoints.join("|")})(:[1-9]\\d*)?$`),
      `one of ${crashPoints.join(", ")}`,
    )
    .optional()
    .describe("for tests: kill this process at the n-th <point>[:n]"),
});

type Options = z.infer<typeof optionsSchema>;

/** A wrong option: `message` is meant for the person who gave it. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

/** @throws {OptionError} */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
) {
  const values = parsed(args);
  const given = { ...values, mqtt: values["mqtt"] ?? environment["MQTT_URL"] };
  const result = optionsSchema.safeParse(given);
  if (!result.success) {
    throw new OptionError(
      result.error.issues
        .map(({ path, message, code }) => {
          const name = `--${String(path[0])}`;
          const value = given[String(path[0]) as keyof typeof given];
          return value === undefined
            ? `${name} is missing: ${describeOption(String(path[0]))}`
            : `${name} ${String(value)}: ${code === "invalid_format" ? `allowed is ${message}` : message}`;
        })
        .join("\n"),
    );
  }
  return Object.freeze(arranged(result.data));
}

export function optionsHelp(): string {
  const lines = Object.keys(optionsSchema.shape).map(
    (name) => `  --${name.padEnd(18)} ${describeOption(name)}`,
  );
  return `Usage: node gateway-agent/src/main.ts --map FILE --mqtt URL [options]\n\n${lines.join("\n")}\n`;
}

function describeOption(name: string): string {
  const schema = optionsSchema.shape[name as keyof Options];
  const fallback =
    schema instanceof z.ZodDefault ? ` (default ${String(schema.def.defaultValue)})` : "";
  return `${schema?.description ?? ""}${fallback === " (default )" ? "" : fallback}`;
}

function parsed(args: readonly string[]): Record<string, string | string[] | undefined> {
  const names = Object.keys(optionsSchema.shape);
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: Object.fromEntries(
        names.map((name) => [name, { type: "string", multiple: name === "endpoint" } as const]),
      ),
    });
    return { ...values };
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function arranged(options: Options) {
  const primaryHost = options["primary-host"] === "none" ? undefined : options["primary-host"];
  const [crashPoint, crashTime] = options["crash-at"]?.split(":") ?? [];
  return {
    mapFile: options.map,
    member: options.member,
    takesDeployedMaps: options["map-from"] === "deployed",
    mqttUrl: options.mqtt,
    dataDir: options["data-dir"],
    primaryHost,
    trimmedBy: options["acknowledged-by"] ?? (primaryHost === undefined ? "broker" : "host"),
    http: { port: options["http-port"], host: options["http-host"] },
    endpoints: new Map(
      options.endpoint.map((text) => {
        const at = text.indexOf("=");
        return [text.slice(0, at), text.slice(at + 1)] as const;
      }),
    ),
    outboxBytesMax: options["outbox-megabytes"] * 1024 * 1024,
    outboxDropPolicy: options["outbox-drop"],
    outboxAgeMaxMs: options["outbox-hours"] * 3_600_000,
    backlogSamplesPerSecond: options["backlog-rate"],
    clock: clockOf(options.clock),
    logLevel: options["log-level"],
    crashAt: crashPoints
      .filter((point) => point === crashPoint)
      .map((point) => ({ point, time: Number(crashTime ?? 1) }))[0],
  };
}

export type GatewayConfig = ReturnType<typeof readOptions>;

function clockOf(text: string | undefined) {
  if (text === undefined) return wallClockSetting;
  try {
    return parseClockSetting(text);
  } catch (error) {
    throw new OptionError(`--clock: ${error instanceof Error ? error.message : String(error)}`);
  }
}
