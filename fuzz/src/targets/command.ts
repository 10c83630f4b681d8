import {
  commandRequestMetric,
  type CommandRequest,
  type CommandValue,
} from "@only-mes/protocols/events/command";
import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { rawValue } from "../../../gateway-agent/src/commands/raw-value.ts";
import { readDeviceCommand } from "../../../gateway-agent/src/commands/read-command.ts";
import type { CommandSignal, CommandTarget } from "../../../gateway-agent/src/commands/target.ts";
import { damaged } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";

/** Whatever comes as a DCMD: only what the map allows becomes a value for the device, and the right one. */
export const command: FuzzTarget = {
  what: "commands to devices, plain and as requests, whole and damaged, beside the limits of a map",
  attempt(random) {
    const sent = anyRequest(random);
    const isPlain = fraction(random) < 0.5;
    const whole = encodePayload(isPlain ? plain(sent, random) : envelope(sent));
    const isWhole = fraction(random) < 0.3;
    const read = readDeviceCommand("plc", isWhole ? whole : damaged(whole, random), target);
    if (isWhole) judgeWhole(read, sent);
    const asked = read.flatMap((one) => (one.kind === "asked" ? [one.request] : []));
    const written = asked.filter((request) => judge(request));
    if (written.length > 0) return isWhole ? "written" : "written though damaged";
    return asked.length > 0 ? "beyond the limits" : "invalid";
  },
};

const names = ["unit/level", "unit/recipe", "unit/start", "unit/count"] as const;
const firstAlias = 10;

function anyRequest(random: RandomState): CommandRequest {
  return {
    id: `command-${wholeIn(random, [0, 2 ** 31])}`,
    signal: oneOf(random, [...names, "unit/none"]),
    value: anyValue(random),
    issuedAtMs: wholeIn(random, [0, 2 ** 45]),
    timeToLiveMs: wholeIn(random, [1, 600_000]),
  };
}

function anyValue(random: RandomState): CommandValue {
  return oneOf<CommandValue>(random, [
    wholeIn(random, [-40, 240]),
    wholeIn(random, [-400, 2400]) / 10,
    fraction(random) * 100,
    oneOf(random, [10, 20, -30, 0, 1, -1]),
    oneOf(random, [2 ** 31, 2 ** 53, -(2 ** 63), 1e300, 5e-324, -0]),
    fraction(random) < 0.5,
    oneOf(random, ["", "10", "true", "NaN", "9".repeat(20)]),
  ]);
}

function envelope(request: CommandRequest) {
  const value = JSON.stringify(request);
  return {
    timestampMs: request.issuedAtMs,
    metrics: [{ name: commandRequestMetric, datatype: datatypes.String, value }],
  };
}

function plain({ signal, value, issuedAtMs }: CommandRequest, random: RandomState) {
  const index = names.findIndex((name) => name === signal);
  const isByAlias = index !== -1 && fraction(random) < 0.5;
  const key = isByAlias ? { alias: firstAlias + index } : { name: signal };
  const metric: Metric = { ...key, datatype: datatypeOf(value), value };
  return { timestampMs: issuedAtMs, metrics: [metric] };
}

function datatypeOf(value: CommandValue): number {
  if (typeof value === "boolean") return datatypes.Boolean;
  return typeof value === "string" ? datatypes.String : datatypes.Double;
}

function judgeWhole(read: ReturnType<typeof readDeviceCommand>, sent: CommandRequest): void {
  const [one] = read;
  demand(read.length, 1, "commands");
  if (one?.kind !== "asked") throw new Misattributed(`a whole command was refused: ${one?.why}`);
  demand(one.request.signal, sent.signal, "signal");
  demand(one.request.issuedAtMs, sent.issuedAtMs, "time");
  // JSON has no -0.
  demand(plusZero(one.request.value), plusZero(sent.value), "value");
}

function plusZero(value: CommandValue): CommandValue {
  return value === 0 ? 0 : value;
}

/** @returns whether a value may go to the device. */
function judge({ signal: name, value }: CommandRequest): boolean {
  const signal = target.signal({ name });
  const { raw } = signal === undefined ? {} : rawValue(signal, value);
  const allowed = allowedRaw(name, value);
  demand(raw, allowed, `what is written to ${name} for ${String(value)}`);
  return raw !== undefined;
}

/** What the map below allows, worked out by hand. */
function allowedRaw(name: string, value: CommandValue): CommandValue | undefined {
  switch (name) {
    case "unit/level": {
      // Half steps from -10 on, between 0 and 100, give or take what a double rounds: that is 20 to 220.
      if (typeof value !== "number" || value < 0 || value > 100 + 1e-10) return undefined;
      return Math.floor(2 * (value + 10) + 0.5);
    }
    case "unit/recipe":
      return value === 10 || value === 20 || value === -30 ? value : undefined;
    case "unit/start":
      if (value === 0 || value === 1) return value === 1;
      return typeof value === "boolean" ? value : undefined;
    default:
      return undefined;
  }
}

const unscaled = {
  factor: 1,
  offset: 0,
  isScaled: false,
  lowest: Number.NEGATIVE_INFINITY,
  highest: Number.POSITIVE_INFINITY,
  deadband: { kind: "none" },
  heartbeatMs: 1000,
} as const;

const signals: readonly CommandSignal[] = [
  {
    tag: 0,
    name: names[0],
    type: "uint16",
    datatype: datatypes.Double,
    length: undefined,
    scaling: { ...unscaled, factor: 0.5, offset: -10, isScaled: true },
    write: { min: 0, max: 100 },
  },
  {
    tag: 1,
    name: names[1],
    type: "int16",
    datatype: datatypes.Int16,
    length: undefined,
    scaling: unscaled,
    write: { values: [10, 20, -30] },
  },
  {
    tag: 2,
    name: names[2],
    type: "bool",
    datatype: datatypes.Boolean,
    length: undefined,
    scaling: unscaled,
    write: {},
  },
  {
    tag: 3,
    name: names[3],
    type: "uint32",
    datatype: datatypes.UInt32,
    length: undefined,
    scaling: unscaled,
    write: undefined,
  },
];

const target: CommandTarget = {
  isConnected: () => true,
  signal: ({ name, alias }) =>
    alias === undefined ? signals.find((one) => one.name === name) : signals[alias - firstAlias],
  isRequest: ({ name, alias }) => alias === undefined && name === commandRequestMetric,
  latest: () => undefined,
  write: () => Promise.reject(new Error("nothing is written here")),
  report: () => true,
};
