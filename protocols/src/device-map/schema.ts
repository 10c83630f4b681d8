import { z } from "zod";
import { expressionFunctions, expressionLengthMax } from "./expression.ts";
import { writeRule } from "../events/command.ts";
import { leaseMs } from "../gateway/messages.ts";
import {
  lineDefinition,
  signalRole,
  slug,
  stateCodes,
  modeCodes,
  unitDefinition,
} from "../plant/signal.ts";
import { opcuaDeviceParts, opcuaEvent, opcuaItem } from "./opcua.ts";

/**
 * The device map: which PLCs a gateway reads, which values, and what each of them means.
 * This schema is the type, the defaults and the documentation; editors get it as JSON Schema.
 */
const inputNameAllowed = "a letter, and up to 31 letters, digits and _";
const milliseconds = z.int().min(10).max(86_400_000);

export const valueTypes = [
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float16",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
  "bcd64",
  "string",
] as const;

export const valueType = z.enum(valueTypes);
export type ValueType = z.infer<typeof valueType>;

/** Order of bytes on the wire, A the most significant; for 64 bits the same orders of four words. */
export const byteOrders = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export const byteOrder = z.enum(byteOrders);
export type ByteOrder = z.infer<typeof byteOrder>;

/** Of one register: strings, and values of 8 and 16 bits. */
export const registerOrders = ["AB", "BA"] as const;
/** Of four registers: their halves, the words of each half, and the bytes of each word swapped or not. */
export const longOrders = [
  "ABCDEFGH",
  "EFGHABCD",
  "CDABGHEF",
  "GHEFCDAB",
  "BADCFEHG",
  "FEHGBADC",
  "DCBAHGFE",
  "HGFEDCBA",
] as const;
export const tagOrder = z.enum([...registerOrders, ...byteOrders, ...longOrders]);
export type TagOrder = z.infer<typeof tagOrder>;

export const stringFill = z.enum(["nul", "space"]);
export type StringFill = z.infer<typeof stringFill>;

const range = z.tuple([z.number(), z.number()]);

export const deadband = z.union([
  z.number().nonnegative().describe("Absolute, in engineering units, after scaling."),
  z
    .string()
    .regex(/^\d+(\.\d+)?%$/, "a deadband is a number, or a percentage such as 0.5%")
    .describe("Percent of the last value that was sent."),
]);

export const scale = z
  .strictObject({
    factor: z.number().default(1).describe("value = raw × factor + offset"),
    offset: z.number().default(0),
    from: range.optional().describe("Raw range, in place of factor and offset; with `to`."),
    to: range.optional().describe("The same range in engineering units."),
    clamp: z
      .boolean()
      .optional()
      .describe("With from and to: what lies beyond the range is the end of the range."),
  })
  .describe("From the device's number to engineering units: factor and offset, or from and to.");

const signalName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]*\/[a-z0-9][a-z0-9_-]*$/,
    "a signal is <unit>/<name> in small letters, such as filler/state",
  );

export const tag = z
  .strictObject({
    signal: signalName.describe("The metric name: the unit it belongs to, and its own name."),
    role: signalRole.default("analog"),
    address: z
      .string()
      .min(1)
      .describe(
        "Modbus: holding:100, input:7, coil:3, discrete:0, holding:100.4 for a bit, counted from the device's " +
          "addressBase; or in the classic notation, always from 1: 40101, 30008, 10001, 00004, 400101, 40101.4. " +
          "OPC UA: ns=2;s=Filler.State or nsu=urn:plant;s=Filler.State; an element or a field of it after #.",
      ),
    type: valueType
      .optional()
      .describe("Modbus: required. OPC UA: taken from the server if absent."),
    order: tagOrder
      .optional()
      .describe(
        "Modbus. AB or BA for strings and up to 16 bits (AB if absent; of 8 bits BA is the high byte); ABCD, CDAB, " +
          "BADC, DCBA for 32 and 64 bits (the device's order if absent); eight letters for 64 bits.",
      ),
    length: z
      .int()
      .min(1)
      .max(250)
      .optional()
      .describe("Modbus strings: characters, two a register."),
    fill: stringFill
      .optional()
      .describe(
        "Modbus strings: what stands behind a shorter text. nul: the text ends at the first NUL; space: at its last " +
          "character that is no space. If absent both are cut off, and NUL is written.",
      ),
    scale: scale.optional(),
    sourceTime: z
      .string()
      .optional()
      .describe(
        "Modbus: address of an uint64 with the milliseconds since 1970 at which the PLC last changed this value; " +
          "it then is the source time. Read in one request with the value. OPC UA brings its own.",
      ),
    periodMs: milliseconds.optional().describe("The device's period if absent."),
    deadband: deadband.optional(),
    item: opcuaItem.optional(),
    event: opcuaEvent.optional(),
    method: z
      .string()
      .optional()
      .describe(
        "OPC UA: NodeId of the object whose method the address is; a write to the tag calls it.",
      ),
    heartbeatMs: milliseconds.optional().describe("The device's heartbeat if absent."),
    engineeringUnit: z.string().max(16).optional(),
    counterBits: z
      .union([z.literal(16), z.literal(32), z.literal(64)])
      .optional()
      .describe("Width at which a counter rolls over; from the type if absent."),
    maxRatePerSecond: z.number().positive().optional(),
    states: stateCodes.optional().describe("Required for role machineState."),
    modes: modeCodes.optional().describe("Required for role machineMode."),
    write: writeRule.optional(),
  })
  .describe("One value of a PLC.");

export type Tag = z.infer<typeof tag>;

export const derivedTag = z
  .strictObject({
    signal: signalName.describe("As of a tag."),
    role: z.enum(["analog", "status", "machineState", "stopCode", "machineMode"]).default("analog"),
    expression: z
      .string()
      .min(1)
      .max(expressionLengthMax)
      .describe(
        "Over the names of `inputs`: + - * / % **, < <= > >= == !=, && || !, a ? b : c, " +
          `${[...expressionFunctions.keys()].join(", ")}. Truth is 1 and 0.`,
      ),
    inputs: z
      .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,31}$/, inputNameAllowed), signalName)
      .describe("Name in the expression -> signal of a tag of the same device."),
    deadband: deadband.optional(),
    heartbeatMs: milliseconds.optional().describe("The device's heartbeat if absent."),
    engineeringUnit: z.string().max(16).optional(),
    states: stateCodes.optional().describe("Required for role machineState."),
    modes: modeCodes.optional().describe("Required for role machineMode."),
  })
  .describe("A value that follows from tags of the same device.");

export type DerivedTag = z.infer<typeof derivedTag>;

export const line = z.strictObject({
  id: lineDefinition.shape.id,
  name: lineDefinition.shape.name,
  area: lineDefinition.shape.area,
  units: z
    .array(unitDefinition.omit({ position: true }))
    .min(1)
    .describe("In the order of the flow of material."),
});

const deviceParts = {
  id: slug.describe("Sparkplug device id."),
  line: slug.describe("The line whose units this device serves."),
  periodMs: milliseconds.default(1000),
  heartbeatMs: milliseconds.default(10_000),
  timeoutMs: milliseconds.default(1000),
  tags: z.array(tag).min(1).max(20_000),
  derived: z.array(derivedTag).max(1000).optional(),
};

export const modbusDevice = z.strictObject({
  ...deviceParts,
  driver: z.literal("modbus"),
  endpoint: z
    .string()
    .regex(
      /^(?:(?:rtu\+)?tcp:\/\/[^/\s:]+:\d{1,5}|serial:\/\/\S+)$/,
      "a Modbus endpoint is tcp://<host>:<port>, rtu+tcp://<host>:<port> or serial:///dev/ttyUSB0",
    )
    .describe(
      "Devices with the same endpoint are units of one bus: they share its connection, one request at a time.",
    ),
  serial: z
    .strictObject({
      baudRate: z.int().min(300).max(4_000_000).default(19_200),
      parity: z.enum(["even", "odd", "none"]).default("even"),
      stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
    })
    .optional()
    .describe("Of a serial line; 19,200 baud, even parity and one stop bit if absent."),
  unitId: z.int().min(0).max(255).default(1),
  addressBase: z
    .union([z.literal(0), z.literal(1)])
    .default(0)
    .describe("What the first register is called in this map: holding:0 or holding:1."),
  order: byteOrder.default("ABCD"),
  maxGap: z
    .int()
    .min(0)
    .max(124)
    .default(50)
    .describe("Registers read for nothing to save a request."),
  maxRegisters: z.int().min(1).max(125).default(125),
  maxBits: z.int().min(1).max(2000).default(2000),
  oneRequestPerTag: z
    .boolean()
    .default(false)
    .describe("For devices that refuse to be read across their fields: nothing is merged."),
  pauseAfterConnectMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe("For devices that lose the first request of a connection."),
  pauseBetweenRequestsMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe("How long the wire rests behind each answer of this device."),
  closeAfterCycle: z
    .boolean()
    .default(false)
    .describe("For devices with few connections: each cycle opens its own."),
  retryMaxMs: z
    .int()
    .min(1000)
    .max(3_600_000)
    .default(5000)
    .describe(
      "The longest pause between two tries to reach a device that does not answer. On a bus with other units at " +
        "least 20 times its timeout, so that it costs them no more than a twentieth of their time.",
    ),
  writeWith: z
    .enum(["auto", "multiple", "readWrite"])
    .default("auto")
    .describe(
      "auto: function codes 5 and 6 for one bit or register, 15 and 16 for more; multiple: 15 and 16 always; " +
        "readWrite: 23 for registers, which reads back in the same request.",
    ),
});

export const opcuaDevice = z.strictObject({
  ...deviceParts,
  driver: z.literal("opcua"),
  endpoint: z
    .string()
    .regex(
      /^opc\.tcp:\/\/[^/\s:]+:\d{1,5}(\/\S*)?$/,
      "an OPC UA endpoint is opc.tcp://<host>:<port>",
    ),
  ...opcuaDeviceParts,
});

export const device = z.discriminatedUnion("driver", [modbusDevice, opcuaDevice]);

export type Device = z.infer<typeof device>;
export type ModbusDevice = z.infer<typeof modbusDevice>;
export type OpcuaDevice = z.infer<typeof opcuaDevice>;

export const redundancy = z
  .strictObject({
    members: z
      .array(slug)
      .min(2)
      .max(4)
      .describe(
        "Sparkplug edge node ids of the processes that share this map, one of which is active.",
      ),
    leaseMs: leaseMs
      .default(3000)
      .describe("How long the active one may be silent before another takes over, in real time."),
  })
  .describe("Several gateways with this one map; each is told by --member which one it is.");

export const remoteInspection = z
  .strictObject({
    endpoints: z
      .array(z.union([modbusDevice.shape.endpoint, opcuaDevice.shape.endpoint]))
      .max(200)
      .describe("Endpoints that may be looked into; no other is ever connected to for anybody."),
  })
  .describe(
    "Who can publish to the broker may browse and probe these through the gateway; nobody if absent.",
  );

export const deviceMap = z
  .strictObject({
    version: z.literal(1),
    enterprise: slug,
    site: slug.describe("Sparkplug group id."),
    gateway: slug.describe(
      "Sparkplug edge node id, unless `redundancy` names one for each member.",
    ),
    redundancy: redundancy.optional(),
    lines: z.array(line).min(1),
    devices: z.array(device).min(1),
    inspect: remoteInspection.optional(),
  })
  .describe("Only MES device map, version 1.");

export type DeviceMap = z.infer<typeof deviceMap>;
