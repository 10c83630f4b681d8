/** Addresses of a device map as typed values; texts are parsed once, at start-up. */
export const modbusTables = ["holding", "input", "coil", "discrete"] as const;

export type ModbusTable = (typeof modbusTables)[number];

export interface ModbusAddress {
  readonly table: ModbusTable;
  /** Base 0, as on the wire. */
  readonly offset: number;
  /** Of a register, 0 the least significant. */
  readonly bit?: number;
}

export interface OpcuaAddress extends OpcuaNode {
  /** From the node's value to the part of it that is meant; empty for all of it. */
  readonly path: readonly PathStep[];
}

/** An element of an array, by its index in each dimension, or a field of a structure. */
export type PathStep = { readonly element: readonly number[] } | { readonly field: string };

export interface OpcuaNode {
  /** A namespace is named by its URI, which is resolved at every connect, or by its index. */
  readonly namespace: { readonly uri: string } | { readonly index: number };
  readonly identifier: OpcuaIdentifier;
}

export interface OpcuaIdentifier {
  readonly kind: "i" | "s" | "g" | "b";
  readonly value: string;
}

export const modbusAddressAllowed =
  "holding:<0-65535>, input:<0-65535>, coil:<0-65535>, discrete:<0-65535> (1-65536 with addressBase: 1), " +
  "or one bit of a register such as holding:100.4; or classic, counted from 1: 4xxxx, 3xxxx, 1xxxx, 0xxxx of five or six digits, in quotes";

export const opcuaAddressAllowed =
  "i=<number>, s=<text>, g=<guid> or b=<base64>, after ns=<index>; or nsu=<uri>; such as nsu=urn:plant;s=Filler.State; an element or a field of it after #, such as …#[2] or …#.Axes[1].Speed";

/**
 * `undefined` if the text is no Modbus address; see {@link modbusAddressAllowed}. The classic
 * notation counts from 1 whatever the base.
 */
export function parseModbusAddress(text: string, base: 0 | 1 = 0): ModbusAddress | undefined {
  const match =
    /^(?:(holding|input|coil|discrete):(\d{1,5})|([0134])(\d{4,5}))(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, name, number, digit = "", classic, bitText] = match;
  const table = name === undefined ? classicTables[digit] : (name as ModbusTable);
  const offset = name === undefined ? Number(classic) - 1 : Number(number) - base;
  if (table === undefined || offset < 0 || offset > 65_535) return undefined;
  if (bitText === undefined) return { table, offset };
  const bit = Number(bitText);
  if (bit > 15 || table === "coil" || table === "discrete") return undefined;
  return { table, offset, bit };
}

const classicTables: Record<string, ModbusTable> = {
  0: "coil",
  1: "discrete",
  3: "input",
  4: "holding",
};

export function formatModbusAddress({ table, offset, bit }: ModbusAddress): string {
  return bit === undefined ? `${table}:${offset}` : `${table}:${offset}.${bit}`;
}

/**
 * `undefined` if the text is no NodeId; see {@link opcuaAddressAllowed}. What follows the last `#` is
 * the path, if it has the form of one; a `#` at the very end after such a form makes it part of the
 * identifier.
 */
export function parseOpcuaAddress(text: string): OpcuaAddress | undefined {
  const [node, path] = splitPath(text);
  const parsed = parseNode(node);
  return parsed && { ...parsed, path: parsePath(path) };
}

const pathForm = /^(.+)#((?:\.[\p{L}_][\p{L}\p{N}_ -]*|\[\d{1,9}(?:,\d{1,9}){0,7}\]){1,16})(#?)$/su;

function splitPath(text: string): [node: string, path: string] {
  const [, node, path, isIdentifier] = pathForm.exec(text) ?? [];
  if (node === undefined || path === undefined) return [text, ""];
  return isIdentifier === "" ? [node, path] : [`${node}#${path}`, ""];
}

function parsePath(text: string): PathStep[] {
  return [...text.matchAll(/\.([^.[]+)|\[([\d,]+)\]/g)].map(([, field, indexes]) =>
    field === undefined
      ? { element: (indexes ?? "").split(",").map(Number) }
      : { field: field.trim() },
  );
}

function parseNode(text: string): OpcuaNode | undefined {
  const match = /^(?:ns=(\d{1,5});|nsu=([^;]+);)?([isgb])=(.+)$/s.exec(text);
  if (match === null) return undefined;
  const [, index, uri, kind, value = ""] = match;
  if (!identifierForms[kind as OpcuaIdentifier["kind"]].test(value)) return undefined;
  if (index !== undefined && Number(index) > 65_535) return undefined;
  return {
    namespace: uri === undefined ? { index: Number(index ?? 0) } : { uri },
    identifier: { kind: kind as OpcuaIdentifier["kind"], value },
  };
}

const identifierForms: Record<OpcuaIdentifier["kind"], RegExp> = {
  i: /^\d{1,10}$/,
  s: /^.{1,4096}$/s,
  g: /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  b: /^[A-Za-z0-9+/]+={0,2}$/,
};

export function formatOpcuaAddress({ namespace, identifier, path }: OpcuaAddress): string {
  const space = "uri" in namespace ? `nsu=${namespace.uri}` : `ns=${namespace.index}`;
  const node = `${space};${identifier.kind}=${identifier.value}`;
  if (path.length > 0) return `${node}#${formatPath(path)}`;
  return pathForm.test(node) ? `${node}#` : node;
}

export function formatPath(path: readonly PathStep[]): string {
  return path
    .map((step) => ("field" in step ? `.${step.field}` : `[${step.element.join(",")}]`))
    .join("");
}
