import { formatModbusAddress } from "@only-mes/protocols/device-map/addresses";
import {
  byteOrders,
  type ModbusDevice,
  type ValueType,
} from "@only-mes/protocols/device-map/schema";
import { bitsOfType } from "@only-mes/protocols/device-map/value-types";
import { isBitTable } from "../drivers/modbus/address.ts";
import type { Probed, ProbeRange } from "../drivers/modbus/probe.ts";
import {
  charactersOf,
  formatValue,
  meaningsOf,
  shortTypes,
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
  /** How often each place was seen to change. */
  readonly changes: ReadonlyMap<number, number>;
}

export function probedText(view: ProbeView, hasChanges: boolean): string {
  const { device, range, probed } = view;
  const last = addressAt(range, range.count - 1);
  const title = `${addressAt(range, 0)} to ${last} of unit ${device.unitId} at ${device.endpoint}`;
  const refused = [...probed.refused]
    .map(([at, why]) => `${addressAt(range, at)}: ${why}`)
    .join("\n");
  if (isBitTable(range.table)) {
    return [title, bitTable(view, hasChanges), refused].filter(Boolean).join("\n\n");
  }
  const long = view.types.filter((type) => bitsOfType[type] > 16);
  const hidden = long.filter((type) => isNoise(view, type));
  const tables = long.filter((type) => !hidden.includes(type)).map((type) => longTable(view, type));
  return [
    title,
    registerTable(view, hasChanges),
    refused,
    ...tables,
    hidden.length === 0
      ? ""
      : `Nothing looks like ${hidden.join(", ")}; --type shows it all the same.`,
    likeliest(view),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** Of 64 bits hardly any four registers are one value; who asks for them sees them. */
function isNoise(view: ProbeView, type: ValueType): boolean {
  const isAsked = view.types.length === 1;
  return (
    bitsOfType[type] === 64 &&
    !isAsked &&
    !wholeMeanings(view, type).some(({ isLikely }) => isLikely)
  );
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
    from: addressAt(range, 0),
    values: places.map((at) => ({
      address: addressAt(range, at),
      raw: probed.refused.has(at) ? null : rawAt(at),
      refused: probed.refused.get(at),
      changes: view.changes.get(at) ?? 0,
    })),
    meanings: isBits
      ? []
      : types.flatMap((type) =>
          wholeMeanings(view, type).map(({ at, order, value, isLikely }) => ({
            address: addressAt(range, at),
            type,
            ...(bitsOfType[type] > 16 && { order }),
            value: typeof value === "bigint" ? String(value) : value,
            isLikely,
          })),
        ),
  });
}

/** What the map would say of the places that look like a value, ready to be copied. */
export function likeliest(view: ProbeView): string {
  const legend = "* looks like a value.";
  if (isBitTable(view.range.table)) return "";
  // A number that somebody set or measured has fewer digits than one that came about by chance.
  const candidates = view.types
    .filter((type) => type.startsWith("float"))
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
      `  { signal: …, address: "${addressAt(view.range, at)}", type: ${type}, order: ${order} }   # ${formatValue(type, value)}`,
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

function registerTable({ range, probed, types, changes }: ProbeView, hasChanges: boolean): string {
  const shown = shortTypes.filter((type) => types.includes(type));
  const columns = shown.map((type) => meaningsOf(probed.bytes, type));
  const rows = Array.from({ length: range.count }, (_, at) => {
    const address = addressAt(range, at);
    const changed = hasChanges ? [String(changes.get(at) ?? 0)] : [];
    if (probed.refused.has(at)) return [address, "--", ...shown.map(() => ""), "", "", ...changed];
    const raw = probed.bytes.readUInt16BE(at * 2);
    return [
      address,
      raw.toString(16).toUpperCase().padStart(4, "0"),
      ...columns.map((ofType) => textOf(ofType[at])),
      raw
        .toString(2)
        .padStart(16, "0")
        .replace(/(.{8})/, "$1 "),
      charactersOf(probed.bytes, at),
      ...changed,
    ];
  });
  const changed = hasChanges ? ["changes"] : [];
  return formatTable(["register", "hex", ...shown, "bits", "text", ...changed], rows);
}

function bitTable({ range, probed, changes }: ProbeView, hasChanges: boolean): string {
  const rows = Array.from({ length: range.count }, (_, at) => [
    addressAt(range, at),
    probed.refused.has(at) ? "-" : String(probed.bytes[at] ?? 0),
    ...(hasChanges ? [String(changes.get(at) ?? 0)] : []),
  ]);
  return formatTable([range.table, "value", ...(hasChanges ? ["changes"] : [])], rows);
}

/** A row for each place, a column for each order; empty if nothing of it is to be shown. */
function longTable(view: ProbeView, type: ValueType): string {
  const byPlace = Map.groupBy(wholeMeanings(view, type), ({ at }) => at);
  const rows = [...byPlace]
    .filter(([, meanings]) => !view.onlyLikely || meanings.some(({ isLikely }) => isLikely))
    .map(([at, meanings]) => [addressAt(view.range, at), ...meanings.map((one) => textOf(one))]);
  return rows.length === 0 ? "" : formatTable([type, ...byteOrders], rows);
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

function addressAt({ table, first }: ProbeRange, at: number): string {
  return formatModbusAddress({ table, offset: first + at });
}
