import type { TagOrder } from "@only-mes/protocols/device-map/schema";

/**
 * Modbus fixes the order of bytes in a register (big-endian) and nothing beyond it: makers swap the
 * words of a long value, its halves, the bytes of each word, or all of them. A is the most
 * significant byte.
 */
export type Layout =
  /** As on paper. */
  | "big"
  /** Turned round from end to end. */
  | "little"
  /** For each byte, the most significant first, where it stands on the wire. */
  | readonly number[];

/** @throws {Error} if the order is none of so many bytes; the checks of a device map see to it. */
export function layoutOf(order: TagOrder, width: 2 | 4 | 8): Layout {
  const letters = order.length === width ? order : shortFor[`${order}${width}`];
  if (letters === undefined) throw new Error(`there is no order ${order} of ${width} bytes`);
  const places = Array.from({ length: width }, (_, byte) =>
    letters.indexOf(String.fromCharCode(65 + byte)),
  );
  if (places.every((place, byte) => place === byte)) return "big";
  if (places.every((place, byte) => place === width - 1 - byte)) return "little";
  return places;
}

/** Four letters for 64 bits say the same of four words; of 16 bits those of the device say nothing. */
const shortFor: Record<string, string> = {
  ABCD8: "ABCDEFGH",
  CDAB8: "GHEFCDAB",
  BADC8: "BADCFEHG",
  DCBA8: "HGFEDCBA",
};
