import { z } from "zod";

/** What a device map may say of OPC UA alone: of a device, and of one item. */

/** Settings of one monitored item (OPC UA Part 4, 7.21); a device has them as defaults of its tags. */
export const opcuaItem = z
  .strictObject({
    samplingMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .optional()
      .describe(
        "How often the server looks at the value; periodMs if absent. 0: as fast as it can.",
      ),
    queueSize: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("Values that the server holds between two publications; 50 if absent."),
    discard: z
      .enum(["oldest", "newest"])
      .optional()
      .describe("Which value goes when that queue is full; oldest if absent."),
    trigger: z
      .enum(["status", "value", "timestamp"])
      .optional()
      .describe(
        "What is news: status, status or value (if absent), or each of them and the source time.",
      ),
    deadband: z
      .union([
        z.number().nonnegative().describe("Absolute, as the device has the value. 0: none."),
        z
          .string()
          .regex(/^\d+(\.\d+)?%$/, "a deadband is a number, or a percentage such as 0.5%")
          .describe("Percent of the EURange that the server declares for the variable."),
      ])
      .optional()
      .describe(
        "Asked of the server, to spare the wire. If absent, the tag's own absolute deadband before scaling.",
      ),
  })
  .describe("OPC UA: how the server watches the value.");

export type OpcuaItem = z.infer<typeof opcuaItem>;

export const opcuaEvent = z
  .strictObject({
    field: z
      .string()
      .regex(/^[^/]{1,128}(\/[^/]{1,128}){0,7}$/, "a field is a name, or names with / between them")
      .default("Message")
      .describe("Field of the event that is the value, such as Message, Severity or SourceName."),
    type: z
      .string()
      .default("i=2041")
      .describe("NodeId of the event type; BaseEventType if absent."),
    severityMin: z.int().min(1).max(1000).optional().describe("Weaker events are not asked for."),
  })
  .describe("OPC UA: the address is an object that tells events, and the value comes from them.");

export type OpcuaEvent = z.infer<typeof opcuaEvent>;

export const opcuaSecurityModes = ["None", "Sign", "SignAndEncrypt"] as const;
export const opcuaSecurityPolicies = [
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
] as const;

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a name of an environment variable");

/** The fields that an OPC UA device has beside those of all devices. */
export const opcuaDeviceParts = {
  publishingIntervalMs: z.int().min(10).max(86_400_000).default(100),
  mode: z
    .enum(["auto", "subscribe", "poll"])
    .default("auto")
    .describe("auto: subscriptions, and polling of what the server does not monitor."),
  profile: z
    .enum(["auto", "unknown", "s7-1200", "s7-1500"])
    .default("auto")
    .describe("What the server can do; auto: by the name that it gives itself."),
  maxNodesPerRequest: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe("If absent, what the server tells, or its profile."),
  uncertain: z
    .enum(["take", "refuse"])
    .default("take")
    .describe(
      "Values of quality Uncertain. take: they are values, but for those that the server only repeats, substitutes or never read.",
    ),
  item: opcuaItem.optional().describe("Defaults of the tags' items."),
  security: z
    .strictObject({
      mode: z.enum(opcuaSecurityModes).default("SignAndEncrypt"),
      policy: z.enum(opcuaSecurityPolicies).default("Basic256Sha256"),
    })
    .optional()
    .describe("If absent, neither signed nor encrypted."),
  user: z
    .strictObject({
      name: z.string().min(1).max(256).optional(),
      passwordFile: z.string().min(1).optional().describe("The password is its first line."),
      passwordEnv: environmentName.optional().describe("Environment variable with the password."),
      certificateFile: z.string().min(1).optional().describe("PEM or DER."),
      privateKeyFile: z.string().min(1).optional().describe("PEM."),
      inClear: z
        .boolean()
        .default(false)
        .describe("Name and password even where others on the network could read them."),
    })
    .optional()
    .describe("If absent, anonymous. A name with its password, or a certificate with its key."),
};
