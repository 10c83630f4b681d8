import { bitsOfType, isInteger } from "@only-mes/protocols/device-map/value-types";
import type { CommandValue } from "@only-mes/protocols/events/command";
import { scaled, unscaled } from "../sampling/scaling.ts";
import type { CommandSignal } from "./target.ts";

type Raw = number | bigint | boolean | string;

/** [CM1] [CM6] What is to be written, as the device has it; or why it may not be. */
export type CheckedValue =
  | { readonly raw: Raw; readonly why?: undefined }
  | { readonly raw?: undefined; readonly why: string };

const textLengthMax = 4096;
const float32Max = 3.4028234663852886e38;

export function rawValue(signal: CommandSignal, value: CommandValue): CheckedValue {
  const { type, write } = signal;
  if (write === undefined) return { why: "the device map allows no write to it" };
  if (type === "bool") return oneOf(signal, truth(value));
  if (type === "string") return oneOf(signal, text(signal, value));
  return number(signal, value);
}

/** Whether the device holds what was written. */
export function isSame({ type }: CommandSignal, written: Raw, held: Raw): boolean {
  if (typeof written === "string" || typeof held === "string") {
    return String(written) === String(held).replace(/\0+$/, "");
  }
  if (type === "float32") return Math.fround(Number(written)) === Math.fround(Number(held));
  if (type === "float16") {
    // Eleven bits, or the smallest step near zero.
    const off = Math.abs(Number(written) - Number(held));
    return off <= Math.max(Math.abs(Number(written)) * 2 ** -11, 2 ** -25);
  }
  // A bigint equals the number of the same size.
  // oxlint-disable-next-line eqeqeq
  return written == held;
}

function truth(value: CommandValue): CheckedValue {
  if (typeof value === "boolean") return { raw: value };
  if (value === 0 || value === 1) return { raw: value === 1 };
  return { why: `${shown(value)} is not true or false` };
}

function text({ length = textLengthMax }: CommandSignal, value: CommandValue): CheckedValue {
  if (typeof value !== "string") return { why: `${shown(value)} is no text` };
  if (value.length > length) return { why: `it has ${value.length} characters, of ${length}` };
  if (value.includes("\0")) return { why: "it has a character U+0000" };
  return { raw: value };
}

function oneOf({ write }: CommandSignal, checked: CheckedValue): CheckedValue {
  const { raw } = checked;
  if (raw === undefined || write?.values === undefined) return checked;
  if (write.values.some((allowed) => allowed === raw)) return checked;
  return { why: `${shown(raw)} is not allowed (allowed: ${write.values.map(shown).join(", ")})` };
}

function number(signal: CommandSignal, value: CommandValue): CheckedValue {
  const asked = numberOf(signal, value);
  if (asked === undefined) return { why: notANumber(signal, value) };
  const limit = beyondLimits(signal, asked);
  if (limit !== undefined) return { why: limit };
  const raw = toRaw(signal, asked);
  if (typeof raw === "string") return { why: raw };
  const held = signal.scaling.isScaled ? scaled(signal.scaling, Number(raw)) : raw;
  const rounded = beyondLimits(signal, held);
  if (rounded !== undefined) {
    return { why: `the nearest value that the device can hold is ${held}: ${rounded}` };
  }
  return { raw };
}

function numberOf({ type, scaling }: CommandSignal, value: CommandValue) {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const isWide = bitsOfType[type] === 64 && isInteger(type) && !scaling.isScaled;
  if (!isWide || typeof value !== "string" || !/^-?\d{1,20}$/.test(value)) return undefined;
  const wide = BigInt(value);
  const narrow = Number(wide);
  return Number.isSafeInteger(narrow) ? narrow : wide;
}

function notANumber({ type }: CommandSignal, value: CommandValue): string {
  return `${shown(value)} is no number for a ${type}`;
}

/** In steps of a double: a limit of 10 lets 0.1 × 100 pass. */
const tolerance = 1e-12;

function beyondLimits({ write }: CommandSignal, value: number | bigint): string | undefined {
  const { min, max, values } = write ?? {};
  const slack = Math.abs(Number(value)) * tolerance;
  if (values !== undefined) {
    const isAllowed = values.some(
      (allowed) => typeof allowed === "number" && isNear(value, allowed, slack),
    );
    return isAllowed
      ? undefined
      : `${value} is not allowed (allowed: ${values.map(shown).join(", ")})`;
  }
  const isBelow = min !== undefined && value < min && !isNear(value, min, slack);
  const isAbove = max !== undefined && value > max && !isNear(value, max, slack);
  if (!isBelow && !isAbove) return undefined;
  return `${value} is ${isBelow ? `less than ${min}` : `more than ${max}`} (allowed: ${min ?? "any"} to ${max ?? "any"})`;
}

function isNear(value: number | bigint, limit: number, slack: number): boolean {
  return typeof value === "bigint" ? value === toBigInt(limit) : Math.abs(value - limit) <= slack;
}

function toBigInt(value: number): bigint | undefined {
  return Number.isInteger(value) ? BigInt(value) : undefined;
}

/** @returns a text if the device's type cannot hold it. */
function toRaw(signal: CommandSignal, asked: number | bigint): number | bigint | string {
  const { type, scaling } = signal;
  const exact = scaling.isScaled ? unscaled(scaling, Number(asked)) : asked;
  if (typeof exact === "number" && !Number.isFinite(exact)) {
    return "its scale cannot be turned round";
  }
  const isDecimal = type === "bcd16" || type === "bcd32" || type === "bcd64";
  if (!isInteger(type) && !isDecimal) {
    if (type === "float32" && Math.abs(Number(exact)) > float32Max) {
      return `${exact} is beyond a float32`;
    }
    return exact;
  }
  if (!scaling.isScaled && typeof exact === "number" && !Number.isInteger(exact)) {
    return `${exact} is no whole number, as ${type} needs`;
  }
  // Added to 0, -0 is 0.
  const whole = typeof exact === "number" ? Math.round(exact) + 0 : exact;
  // How many digits there are, the driver knows.
  if (isDecimal) return whole;
  const bits = BigInt(bitsOfType[type]);
  const isUnsigned = type.startsWith("u");
  const least = isUnsigned ? 0n : -(2n ** (bits - 1n));
  const most = 2n ** (isUnsigned ? bits : bits - 1n) - 1n;
  if (whole < least || whole > most) {
    return `${whole} is beyond ${type}: ${least} to ${most}`;
  }
  if (typeof whole === "number" && !Number.isSafeInteger(whole)) {
    return `${whole} is rounded already: send a 64-bit integer as a text of digits`;
  }
  return whole;
}

function shown(value: CommandValue | bigint): string {
  if (typeof value === "bigint") return value.toString();
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
