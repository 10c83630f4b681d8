import { formatModbusAddress } from "@only-mes/protocols/device-map/addresses";
import type { ModbusDevice, TagOrder, ValueType } from "@only-mes/protocols/device-map/schema";
import { bitsOfType } from "@only-mes/protocols/device-map/value-types";
import { isBitTable } from "../drivers/modbus/address.ts";
import type { Probed, ProbeRange } from "../drivers/modbus/probe.ts";
import {
  charactersOf,
  formatValue,
  meaningsOf,
  probedOrders,
  type Meaning,
} from "./register-views.ts";
import { formatTable } from "./table.ts";

export interface ProbeView {
  readonly device: ModbusDevice;
  readonly range: ProbeRange;
  readonly probed: Probed;
  readonly types: readonly ValueType[];
  /** Only places with a value that looks like one. */
  readonly onlyLikely: boolean;
  /** 64 bits and BCD too. */
  readonly showsRare: boolean;
  /** How often each place was seen to change. */
  readonly changes: ReadonlyMap<number, number>;
}

export function probedText(view: ProbeView, hasChanges: boolean): string {
  const { device, range, probed } = view;
  const last = addressAt(view, range.count - 1);
  const title = `${addressAt(view, 0)} to ${last} of unit ${device.unitId} at ${device.endpoint}`;
  const refused = [...probed.refused]
    .map(([at, why]) => `${addressAt(view, at)}: ${why}`)
    .join("\n");
  if (isBitTable(range.table)) {
    return [title, bitTable(view, hasChanges), refused].filter(Boolean).join("\n\n");
  }
  const long = view.types.filter((type) => bitsOfType[type] > 16);
  const hidden = view.showsRare ? [] : long.filter((type) => isRare(type));
  const tables = long
    .filter((type) => !hidden.includes(type))
    .flatMap((type) => longTables(view, type));
  return [
    title,
    registerTable(view, hasChanges),
    refused,
    ...tables,
    hidden.length === 0 ? "" : `Not shown: ${hidden.join(", ")}; --all shows them.`,
    likeliest(view),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** Of 64 bits or BCD hardly any registers are: they would bury the others. */
function isRare(type: ValueType): boolean {
  return bitsOfType[type] === 64 || type === "bcd32";
}

export function probedJson(view: ProbeView): string {
  const { device, range, probed, types } = view;
  const isBits = isBitTable(range.table);
  const places = Array.from({ length: range.count }, (_, at) => at);
  const rawAt = (at: number) =>
    isBits ? (probed.bytes[at] ?? 0) === 1 : probed.bytes.readUInt16BE(at * 2);
  return JSON.stringify({
    endpoint: device.endpoint,
    unit: device.unitId,
    from: addressAt(view, 0),
    values: places.map((at) => ({
      address: addressAt(view, at),
      raw: probed.refused.has(at) ? null : rawAt(at),
      refused: probed.refused.get(at),
      changes: view.changes.get(at) ?? 0,
    })),
    meanings: isBits
      ? []
      : types.flatMap((type) =>
          wholeMeanings(view, type).map(({ at, order, value, isLikely }) => ({
            address: addressAt(view, at),
            type,
            order,
            value: typeof value === "bigint" ? String(value) : value,
            isLikely,
          })),
        ),
  });
}

/** What the map would say of the places that look like a value, ready to be copied. */
function likeliest(view: ProbeView): string {
  const legend = "* looks like a value.";
  if (isBitTable(view.range.table)) return "";
  // A number that somebody set or measured has fewer digits than one that came about by chance.
  const candidates = view.types
    .filter((type) => type === "float32" || type === "float64")
    .flatMap((type) => wholeMeanings(view, type))
    .filter(({ isLikely }) => isLikely)
    .sort((a, b) => emptyOf(view, a) - emptyOf(view, b) || digitsOf(a) - digitsOf(b));
  const found: Meaning[] = [];
  for (const one of candidates) {
    if (found.length < 3 && !found.some((other) => overlap(one, other))) found.push(one);
  }
  if (found.length === 0) return legend;
  const examples = found.map(
    ({ at, type, order, value }) =>
      `  { signal: …, address: "${addressAt(view, at)}", type: ${type}, order: ${order} }   # ${formatValue(type, value)}`,
  );
  return [`${legend} In the map, for example:`, ...examples].join("\n");
}

/** Registers of it that hold nothing: beside an empty one, half of a value passes for a whole one. */
function emptyOf({ probed }: ProbeView, { at, type }: Meaning): number {
  const registers = Array.from({ length: bitsOfType[type] / 16 }, (_, next) => at + next);
  return registers.filter((one) => probed.bytes.readUInt16BE(one * 2) === 0).length;
}

function digitsOf({ type, value }: Meaning): number {
  return formatValue(type, value).replaceAll(/\D/g, "").length;
}

function overlap(a: Meaning, b: Meaning): boolean {
  const end = ({ at, type }: Meaning) => at + bitsOfType[type] / 16;
  return a.at < end(b) && b.at < end(a);
}

/** Bytes swapped within a register are rare, but for whole numbers. */
const shortColumns: readonly { type: ValueType; order: TagOrder; title: string }[] = [
  { type: "uint16", order: "AB", title: "uint16" },
  { type: "int16", order: "AB", title: "int16" },
  { type: "uint16", order: "BA", title: "uint16 BA" },
  { type: "int16", order: "BA", title: "int16 BA" },
  { type: "float16", order: "AB", title: "float16" },
  { type: "bcd16", order: "AB", title: "bcd16" },
];

function registerTable(view: ProbeView, hasChanges: boolean): string {
  const { range, probed, types, changes } = view;
  const columns = shortColumns
    .filter(({ type }) => types.includes(type))
    .map(({ title, ...column }) => ({
      title,
      values: meaningsOf(probed.bytes, column.type).filter(({ order }) => order === column.order),
    }));
  const rows = Array.from({ length: range.count }, (_, at) => {
    const address = addressAt(view, at);
    const changed = hasChanges ? [String(changes.get(at) ?? 0)] : [];
    if (probed.refused.has(at))
      return [address, "--", ...columns.map(() => ""), "", "", ...changed];
    const raw = probed.bytes.readUInt16BE(at * 2);
    return [
      address,
      raw.toString(16).toUpperCase().padStart(4, "0"),
      ...columns.map(({ values }) => textOf(values[at])),
      raw
        .toString(2)
        .padStart(16, "0")
        .replace(/(.{8})/, "$1 "),
      charactersOf(probed.bytes, at),
      ...changed,
    ];
  });
  const changed = hasChanges ? ["changes"] : [];
  const titles = columns.map(({ title }) => title);
  return formatTable(["register", "hex", ...titles, "bits", "text", ...changed], rows);
}

function bitTable(view: ProbeView, hasChanges: boolean): string {
  const { range, probed, changes } = view;
  const rows = Array.from({ length: range.count }, (_, at) => [
    addressAt(view, at),
    probed.refused.has(at) ? "-" : String(probed.bytes[at] ?? 0),
    ...(hasChanges ? [String(changes.get(at) ?? 0)] : []),
  ]);
  return formatTable([range.table, "value", ...(hasChanges ? ["changes"] : [])], rows);
}

/** A row for each place, a column for each order, at most four side by side. */
function longTables(view: ProbeView, type: ValueType): string[] {
  const byPlace = [...Map.groupBy(wholeMeanings(view, type), ({ at }) => at)].filter(
    ([, meanings]) => !view.onlyLikely || meanings.some(({ isLikely }) => isLikely),
  );
  if (byPlace.length === 0) return [];
  const orders = probedOrders(type);
  const sides = [orders.slice(0, 4), orders.slice(4)].filter((side) => side.length > 0);
  return sides.map((side) => {
    const inSide = ({ order }: Meaning) => side.includes(order);
    const rows = byPlace.map(([at, meanings]) => [
      addressAt(view, at),
      ...meanings.filter(inSide).map((one) => textOf(one)),
    ]);
    return formatTable([type, ...side], rows);
  });
}

/** Those of which every register was given. */
function wholeMeanings({ probed }: ProbeView, type: ValueType): Meaning[] {
  const width = bitsOfType[type] / 16;
  return meaningsOf(probed.bytes, type).filter(({ at }) =>
    Array.from({ length: width }, (_, next) => at + next).every((one) => !probed.refused.has(one)),
  );
}

function textOf(meaning: Meaning | undefined): string {
  if (meaning === undefined) return "";
  const isMarked = meaning.isLikely && bitsOfType[meaning.type] > 16;
  return `${formatValue(meaning.type, meaning.value)}${isMarked ? "*" : " "}`;
}

/** As the map counts. */
function addressAt({ range: { table, first }, device }: ProbeView, at: number): string {
  return formatModbusAddress({ table, offset: first + at + device.addressBase });
}
