import { parseDeviceMap, type MapProblem } from "@only-mes/protocols/device-map/parse";
import { isMap, isSeq, parseDocument, YAMLSeq, type Document, type YAMLMap } from "yaml";
import { tagColumns, type Column } from "./columns.ts";
import type { ListedTag, ListProblem } from "./read-list.ts";

/** What a list does to one tag of a map. */
export interface TagChange {
  readonly device: string;
  readonly signal: string;
  readonly kind: "added" | "changed" | "removed";
  /** By column; `undefined` is no such field. */
  readonly fields: readonly { column: Column; from: unknown; to: unknown }[];
}

export interface Merged {
  /** The map as it would be; its comments stay where they are. */
  readonly text: string;
  readonly changes: readonly TagChange[];
  readonly unchanged: number;
  /** Of the list, by its rows. */
  readonly problems: readonly ListProblem[];
  /** Of the map itself, beyond the list. */
  readonly mapProblems: readonly MapProblem[];
}

export interface MergeOptions {
  readonly file: string;
  /** Tags that the list does not name go, from every device that it does name. */
  readonly removesOthers: boolean;
}

/** A list laid over the text of a map; pure. Lines end as they did. */
export function mergeTags(
  mapText: string,
  tags: readonly ListedTag[],
  options: MergeOptions,
): Merged {
  if (!mapText.includes("\r\n")) return mergeLines(mapText, tags, options);
  const merged = mergeLines(mapText.replaceAll("\r\n", "\n"), tags, options);
  const text = merged.changes.length === 0 ? mapText : merged.text.replaceAll("\n", "\r\n");
  return { ...merged, text };
}

function mergeLines(
  mapText: string,
  tags: readonly ListedTag[],
  { file, removesOthers }: MergeOptions,
): Merged {
  const wrong = (mapProblems: readonly MapProblem[], problems: readonly ListProblem[]): Merged => ({
    text: mapText,
    changes: [],
    unchanged: 0,
    problems,
    mapProblems,
  });
  const before = parseDeviceMap(mapText, file).problems ?? [];
  const beyondList = before.filter(({ path }) => !/^devices\[\d+\]\.tags$/.test(path));
  if (beyondList.length > 0) return wrong(beyondList, []);

  const document = parseDocument(mapText, { logLevel: "error" });
  const devices = devicesOf(document);
  const unknown = tags.flatMap(({ row, device }): ListProblem[] => {
    if (devices.has(device)) return [];
    const allowed = [...devices.keys()].join(", ");
    return [{ row, column: "device", message: `the map has no device "${device}"`, allowed }];
  });
  if (unknown.length > 0) return wrong([], unknown);

  const changes: TagChange[] = [];
  for (const [device, ofDevice] of Map.groupBy(tags, (tag) => tag.device)) {
    const node = devices.get(device)?.node;
    if (node === undefined) continue;
    changes.push(...mergeDevice(document, device, node, ofDevice, removesOthers));
  }
  const text = changes.length === 0 ? mapText : writtenBack(mapText, document, changes);
  const { problems = [] } = parseDeviceMap(text, file);
  const located = problems.map((problem) => ({ problem, row: rowOf(problem, devices, tags) }));
  const changed = changes.filter(({ kind }) => kind !== "removed").length;
  return {
    text,
    changes,
    unchanged: tags.length - changed,
    problems: located.flatMap(({ problem, row }) => (row === undefined ? [] : [row(problem)])),
    mapProblems: located.flatMap(({ problem, row }) => (row === undefined ? [problem] : [])),
  };
}

type Devices = ReadonlyMap<string, { readonly node: YAMLMap; readonly index: number }>;

function devicesOf(document: Document): Devices {
  const list = document.get("devices");
  if (!isSeq(list)) return new Map();
  return new Map(
    list.items.flatMap((node, index) =>
      isMap(node) ? [[String(node.get("id")), { node, index }] as const] : [],
    ),
  );
}

function mergeDevice(
  document: Document,
  device: string,
  node: YAMLMap,
  listed: readonly ListedTag[],
  removesOthers: boolean,
): TagChange[] {
  const found = node.get("tags");
  const tags = isSeq(found) ? found : new YAMLSeq();
  if (tags !== found) node.set("tags", tags);
  const known = new Map(
    tags.items.flatMap((item) =>
      isMap(item) ? [[String(item.get("signal")), item] as const] : [],
    ),
  );
  const last = tags.items.at(-1);
  const isFlow = isMap(last) ? last.flow === true : true;
  const changes: TagChange[] = [];
  for (const { signal, fields } of listed) {
    const tag = known.get(signal);
    if (tag === undefined) {
      const set = [...fields].filter(
        ([column, to]) => to !== undefined && !isFallback(column, to, 1),
      );
      const created = document.createNode({}) as YAMLMap;
      created.flow = isFlow;
      for (const [{ path }, to] of inOrder(set)) setIn(document, created, path, to);
      tags.add(created);
      const added = set.map(([column, to]) => ({ column, from: undefined, to }));
      changes.push({ device, signal, kind: "added", fields: added });
      continue;
    }
    const changed = changedFields(document, tag, fields);
    if (changed.length === 0) continue;
    for (const { column, to } of changed) {
      if (to === undefined) removeIn(tag, column.path);
      else setIn(document, tag, column.path, to);
    }
    changes.push({ device, signal, kind: "changed", fields: changed });
  }
  if (!removesOthers) return changes;
  const named = new Set(listed.map(({ signal }) => signal));
  const isGone = (item: unknown) => isMap(item) && !named.has(String(item.get("signal")));
  for (const item of tags.items.filter(isGone)) {
    const signal = isMap(item) ? String(item.get("signal")) : "";
    changes.push({ device, signal, kind: "removed", fields: [] });
  }
  tags.items = tags.items.filter((item) => !isGone(item));
  return changes;
}

function inOrder(fields: readonly (readonly [Column, unknown])[]) {
  return [...fields].sort(([a], [b]) => tagColumns.indexOf(a) - tagColumns.indexOf(b));
}

function changedFields(document: Document, tag: YAMLMap, fields: ReadonlyMap<Column, unknown>) {
  const now: unknown = tag.toJS(document);
  return [...fields].flatMap(([column, to]) => {
    const from = valueIn(now, column.path);
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const isThere =
      column.path.length === 1 || valueIn(now, column.path.slice(0, -1)) !== undefined;
    if (from === undefined && isThere && isFallback(column, to)) return [];
    return [{ column, from, to }];
  });
}

/** Deeper than `depthMax` a value stands even so: with it stands the mapping that it is in. */
function isFallback(
  { fallback, path }: Column,
  value: unknown,
  depthMax = Number.POSITIVE_INFINITY,
): boolean {
  return fallback !== undefined && fallback === value && path.length <= depthMax;
}

function valueIn(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function setIn(document: Document, tag: YAMLMap, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    const node = document.createNode(value);
    if (isMap(node)) node.flow = true;
    const old = tag.get(key, true);
    // A comment behind the old value belongs to the field.
    if (old?.comment != null && !isMap(node)) Object.assign(node, { comment: old.comment });
    tag.set(key, node);
    return;
  }
  let inner = tag.get(key);
  if (!isMap(inner)) {
    const created = document.createNode({});
    created.flow = true;
    tag.set(key, created);
    inner = created;
  }
  if (isMap(inner)) setIn(document, inner, rest, value);
}

/** A mapping that has nothing left goes too. */
function removeIn(tag: YAMLMap, path: readonly string[]): void {
  const [key = "", ...rest] = path;
  const inner = tag.get(key);
  if (rest.length > 0 && isMap(inner)) {
    removeIn(inner, rest);
    if (inner.items.length > 0) return;
  }
  tag.delete(key);
}

/**
 * The document as text. Only the tags of the devices that changed are written anew; everything else
 * stays as it was typed, down to its blanks, wherever the two fit together.
 */
function writtenBack(mapText: string, document: Document, changes: readonly TagChange[]): string {
  const whole = document.toString(layoutOf(mapText));
  const old = devicesOf(parseDocument(mapText, { logLevel: "error" }));
  const wholeDocument = parseDocument(whole, { logLevel: "error" });
  const renewed = devicesOf(wholeDocument);
  const splices = [...new Set(changes.map(({ device }) => device))].map((device) => ({
    from: tagsRange(old.get(device)?.node),
    to: tagsRange(renewed.get(device)?.node),
  }));
  splices.sort((a, b) => (b.from?.[0] ?? 0) - (a.from?.[0] ?? 0));
  let text = mapText;
  for (const { from, to } of splices) {
    if (from === undefined || to === undefined) return whole;
    text = text.slice(0, from[0]) + whole.slice(to[0], to[1]) + text.slice(from[1]);
  }
  const spliced = parseDocument(text, { logLevel: "error" });
  const isSame =
    spliced.errors.length === 0 &&
    JSON.stringify(spliced.toJS()) === JSON.stringify(wholeDocument.toJS());
  return isSame ? text : whole;
}

function tagsRange(device: YAMLMap | undefined): readonly [number, number] | undefined {
  const tags = device?.get("tags");
  if (!isSeq(tags) || tags.range == null) return undefined;
  return [tags.range[0], tags.range[1]];
}

/** Long lines stay long, and lists stand as far in as they did. */
function layoutOf(mapText: string) {
  const isIndented = !/^[ \t]*[\w-]+:[^\S\n]*(?:#.*)?\n(?:[^\S\n]*(?:#.*)?\n)*-\s/m.test(mapText);
  return { lineWidth: 0, indentSeq: isIndented, flowCollectionPadding: /\{ /.test(mapText) };
}

/** The row of the list that a problem of the merged map comes from. */
function rowOf(problem: MapProblem, devices: Devices, tags: readonly ListedTag[]) {
  const match = /^devices\[(\d+)\]\.tags\[(\d+)\](?:\.(.*))?$/.exec(problem.path);
  if (match === null) return undefined;
  const [, deviceIndex, tagIndex, field = ""] = match;
  const device = [...devices].find(([, { index }]) => index === Number(deviceIndex));
  const list = device?.[1].node.get("tags");
  const node = isSeq(list) ? list.items[Number(tagIndex)] : undefined;
  const signal = isMap(node) ? String(node.get("signal")) : undefined;
  const listed = tags.find((tag) => tag.device === device?.[0] && tag.signal === signal);
  if (listed === undefined) return undefined;
  const column = tagColumns.find(({ path }) => path.length > 0 && field.startsWith(path.join(".")));
  return ({ message, allowed }: MapProblem): ListProblem => ({
    row: listed.row,
    column: column?.title ?? field,
    message,
    allowed,
  });
}
