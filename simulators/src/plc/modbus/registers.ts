import type { ByteOrder } from "@only-mes/protocols/device-map/schema";

/** The registers of one Modbus unit, from the address `first` on; the others do not exist. */
export interface RegisterImage {
  first: number;
  registers: Uint16Array;
  /** Coils and discrete inputs, from address 0 on. */
  bits: readonly boolean[];
}

export function emptyImage(first: number, length: number): RegisterImage {
  return { first, registers: new Uint16Array(length), bits: [] };
}

export function setUint16(image: RegisterImage, address: number, value: number): void {
  image.registers[address - image.first] = value;
}

export function setUint32(
  image: RegisterImage,
  address: number,
  value: number,
  order: ByteOrder,
): void {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value);
  setOrdered(image, address, bytes, order);
}

export function setUint64(
  image: RegisterImage,
  address: number,
  value: number,
  order: ByteOrder,
): void {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(value));
  setOrdered(image, address, bytes, order);
}

export function setFloat32(
  image: RegisterImage,
  address: number,
  value: number,
  order: ByteOrder,
): void {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value);
  setOrdered(image, address, bytes, order);
}

export function setFloat64(
  image: RegisterImage,
  address: number,
  value: number,
  order: ByteOrder,
): void {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  setOrdered(image, address, bytes, order);
}

/** Two characters a register, the first in the high byte, filled up with zeros. */
export function setText(
  image: RegisterImage,
  address: number,
  text: string,
  characters: number,
): void {
  const bytes = Buffer.alloc(characters);
  bytes.write(text, "latin1");
  for (let offset = 0; offset < characters; offset += 2) {
    setUint16(image, address + offset / 2, bytes.readUInt16BE(offset));
  }
}

/** A, the most significant byte, comes first in `bytes`; the order says where it is on the wire. */
function setOrdered(
  image: RegisterImage,
  address: number,
  bytes: DataView,
  order: ByteOrder,
): void {
  const words = bytes.byteLength / 2;
  const wordsReversed = order === "CDAB" || order === "DCBA";
  const bytesReversed = order === "BADC" || order === "DCBA";
  for (let index = 0; index < words; index += 1) {
    const from = wordsReversed ? words - 1 - index : index;
    setUint16(image, address + index, bytes.getUint16(2 * from, bytesReversed));
  }
}
