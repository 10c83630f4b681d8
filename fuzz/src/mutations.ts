import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";

/** A stream in pieces, in order: whole, byte by byte, or cut anywhere. */
export function cut(bytes: Buffer, random: RandomState): Buffer[] {
  const choice = fraction(random);
  if (choice < 0.4 || bytes.length < 2) return bytes.length === 0 ? [] : [bytes];
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = choice < 0.6 ? 1 : wholeIn(random, [1, bytes.length]);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** Bytes with something wrong: cut off, flipped, doubled, left out, overwritten with extremes, or grown. */
export function damaged(bytes: Uint8Array, random: RandomState): Uint8Array {
  let result: Buffer = Buffer.from(bytes);
  for (let wounds = wholeIn(random, [1, 3]); wounds > 0; wounds -= 1) {
    result = wounded(result, random);
  }
  return result;
}

function wounded(bytes: Buffer, random: RandomState): Buffer {
  const at = wholeIn(random, [0, Math.max(0, bytes.length - 1)]);
  const end = Math.min(bytes.length, at + wholeIn(random, [1, 8]));
  switch (wholeIn(random, [0, 6])) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), noise(random), bytes.subarray(at)]);
    case 4:
      if (at < bytes.length) bytes[at] = oneOf(random, [0, 1, 0x7f, 0x80, 0xff]);
      return bytes;
    default:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << wholeIn(random, [0, 7]));
      return bytes;
  }
}

function noise(random: RandomState): Buffer {
  return Buffer.from(
    Array.from({ length: wholeIn(random, [1, 12]) }, () =>
      // Endless numbers are what readers of varints stumble over.
      fraction(random) < 0.3 ? 0xff : wholeIn(random, [0, 255]),
    ),
  );
}
