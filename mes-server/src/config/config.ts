import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseClockSetting, wallClockSetting } from "@only-mes/protocols/plant/clock";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import { crashPoints } from "../commit/crashPoints.ts";

const port = z
  .string()
  .regex(/^\d{1,5}$/, "a port is a number from 0 to 65535")
  .transform(Number)
  .refine((value) => value <= 65_535, "a port is a number from 0 to 65535");

const count = (max: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, `must be from 1 to ${max}`);

const url = (...protocols: string[]): z.ZodType<string, string> =>
  z.string().refine(
    (text) => {
      return URL.canParse(text) && protocols.includes(new URL(text).protocol);
    },
    `must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  );

const repository = fileURLToPath(new URL("../../..", import.meta.url));

const settings = z.object({
  httpPort: port.default(8080).describe("Port of console and API; 0 is any free one."),
  httpHost: z.string().min(1).default("127.0.0.1"),
  mqttPort: port.default(1883).describe("Port of the embedded broker; 0 is any free one."),
  mqttHost: z.string().min(1).default("127.0.0.1"),
  dataDir: z
    .string()
    .min(1)
    .default(".data")
    .transform((path) => resolve(path)),
  clock: z
    .string()
    .optional()
    .transform((text, context) => {
      try {
        return text === undefined ? wallClockSetting : parseClockSetting(text);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as Error).message });
        return z.NEVER;
      }
    }),
  lanes: count(64).default(2).describe("Worker threads that fold; lines are spread over them."),
  hostId: slug.default("only-mes").describe("Sparkplug host application id."),
  reorderMs: count(60_000)
    .default(1000)
    .describe("How long a message that is missing may be late before a rebirth is asked for."),
  siteTimeZone: z
    .string()
    .default("Europe/Berlin")
    .refine(isTimeZone, "must be an IANA time zone, such as Europe/Berlin"),
  consoleDir: z
    .string()
    .default(`${repository}/line-console/dist`)
    .transform((path) => resolve(path)),
  brandsDir: z
    .string()
    .default(`${repository}/brands`)
    .transform((path) => resolve(path)),
  changesFrom: z
    .enum(["own-machine", "anywhere"])
    .default("own-machine")
    .describe("Whose commands the API takes, as there is no sign-in."),
  allowBrandQuery: z.boolean().default(false),
  keepSamplesDays: count(36_500).default(400).describe("How long raw samples are kept."),
  eventTopicRoot: slug
    .default("uns")
    .describe("First level of the MQTT topics of events and states."),
  keepEventsDays: count(3_650)
    .default(7)
    .describe("How long events are kept after they were sent: so far webhooks can be replayed."),
  queueSamples: count(10_000_000).default(200_000).describe("Samples that may wait for a lane."),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  crashAt: z
    .string()
    .regex(new RegExp(`^(${crashPoints.join("|")})(:[1-9]\\d*)?$`), {
      message: `must be one of ${crashPoints.join(", ")}, with :n for the n-th time`,
    })
    .optional(),
  databaseUrl: url("postgres:", "postgresql:").optional(),
  mqttUrl: url("mqtt:", "mqtts:", "ws:", "wss:", "tcp:").optional(),
});

export type Config = Readonly<z.infer<typeof settings>>;

/** A setting is wrong. The message names it, what is wrong with it, and what is allowed. */
export class ConfigRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigRefused";
  }
}

const environment = { databaseUrl: "DATABASE_URL", mqttUrl: "MQTT_URL" } as const;
type EnvironmentSetting = keyof typeof environment;

/** Reads command-line options and environment into one frozen configuration. */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const fromEnv = Object.fromEntries(
    Object.entries(environment).flatMap(([key, name]) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[key, value]];
    }),
  );
  const parsed = settings.safeParse({ ...readOptions(args), ...fromEnv });
  if (parsed.success) return Object.freeze(parsed.data);
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0]);
  const name = key in environment ? environment[key as EnvironmentSetting] : `--${kebab(key)}`;
  throw new ConfigRefused(`${name}: ${issue?.message ?? "is not allowed"}`);
}

function readOptions(args: readonly string[]): Record<string, unknown> {
  const keys = Object.keys(settings.shape).filter((key) => !(key in environment));
  const options = Object.fromEntries(
    keys.map((key) => [
      kebab(key),
      { type: key === "allowBrandQuery" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]));
  } catch (error) {
    throw new ConfigRefused(
      `${(error as Error).message.split(". ")[0]}. Options are ${keys.map((key) => `--${kebab(key)}`).join(", ")}`,
    );
  }
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
