import type { DerivedTag, Device, DeviceMap, Tag } from "./schema.ts";

/**
 * What changes when one device map takes the place of another: shown before it is applied, and the
 * order in which it is. Both maps are whole and checked. The order of devices and of tags means nothing.
 */
export interface MapDiff {
  /** Who the gateway is (site, gateway, redundancy): such a change needs a restart. */
  readonly identity: readonly FieldChange[];
  /** Of enterprise and lines: what signals mean, not how they are read; and what may be inspected. */
  readonly plant: readonly FieldChange[];
  readonly devices: readonly DeviceDiff[];
  /** Devices that are read as before, and whose signals now mean something else. */
  readonly redefined: readonly string[];
}

export type ChangeKind = "added" | "removed" | "changed";

export interface FieldChange {
  /** Within what changed, such as `periodMs` or `lines.line-1.units.press.name`. */
  readonly path: string;
  /** Absent if it was not there. */
  readonly before?: unknown;
  /** Absent if it is not there any more. */
  readonly after?: unknown;
}

export interface DeviceDiff {
  readonly device: string;
  readonly kind: ChangeKind;
  /** All tags of a device that came or went; derived ones are not counted. */
  readonly tagCount: number;
  readonly fields: readonly FieldChange[];
  readonly tags: readonly TagDiff[];
}

export interface TagDiff {
  readonly signal: string;
  readonly kind: ChangeKind;
  readonly fields: readonly FieldChange[];
}

export function diffDeviceMaps(before: DeviceMap, after: DeviceMap): MapDiff {
  const {
    lines: linesBefore,
    devices: devicesBefore,
    enterprise: _,
    inspect: ___,
    ...identityBefore
  } = before;
  const {
    lines: linesAfter,
    devices: devicesAfter,
    enterprise: __,
    inspect: ____,
    ...identityAfter
  } = after;
  const plant = [
    ...fieldChanges(
      { enterprise: before.enterprise, inspect: before.inspect },
      { enterprise: after.enterprise, inspect: after.inspect },
    ),
    ...deepChanges(byId(linesBefore), byId(linesAfter), "lines"),
  ];
  const devices = deviceDiffs(devicesBefore, devicesAfter);
  const touched = new Set(devices.map(({ device }) => device));
  return {
    identity: fieldChanges(identityBefore, identityAfter),
    plant,
    devices,
    redefined: devicesAfter
      .filter(
        ({ id, line }) => !touched.has(id) && meaningOf(before, line) !== meaningOf(after, line),
      )
      .map(({ id }) => id),
  };
}

export function isSameMap({ identity, plant, devices }: MapDiff): boolean {
  return identity.length + plant.length + devices.length === 0;
}

/** One line a change: `+` came, `-` went, `~` changed. */
export function formatMapDiff({ identity, plant, devices, redefined }: MapDiff): string[] {
  return [
    ...identity.map((change) => `~ ${formatChange(change)} (needs a restart)`),
    ...plant.map((change) => `~ ${formatChange(change)}`),
    ...devices.flatMap(formatDevice),
    ...(redefined.length > 0 ? [`~ born again, and read as before: ${redefined.join(", ")}`] : []),
  ];
}

function formatDevice({ device, kind, tagCount, fields, tags }: DeviceDiff): string[] {
  if (kind !== "changed") return [`${marks[kind]} device ${device} (${tagCount} tags)`];
  return [
    `~ device ${device}`,
    ...fields.map((change) => `  ~ ${formatChange(change)}`),
    ...tags.map(({ signal, kind: of, fields: changes }) =>
      of === "changed"
        ? `  ~ ${signal}: ${changes.map(formatChange).join(", ")}`
        : `  ${marks[of]} ${signal}`,
    ),
  ];
}

const marks: Record<ChangeKind, string> = { added: "+", removed: "-", changed: "~" };
const shownMax = 60;

function formatChange({ path, before, after }: FieldChange): string {
  if (before === undefined) return `${path} is now ${shown(after)}`;
  if (after === undefined) return `${path} is gone (was ${shown(before)})`;
  return `${path} ${shown(before)} -> ${shown(after)}`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : canonical(value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}

function deviceDiffs(before: readonly Device[], after: readonly Device[]): DeviceDiff[] {
  return pairs(before, after, ({ id }) => id).flatMap(([device, old, now]): DeviceDiff[] => {
    const tagCount = (now ?? old)?.tags.length ?? 0;
    if (old === undefined) return [{ device, kind: "added", tagCount, fields: [], tags: [] }];
    if (now === undefined) return [{ device, kind: "removed", tagCount, fields: [], tags: [] }];
    const { tags: tagsBefore, derived: derivedBefore = [], ...restBefore } = old;
    const { tags: tagsAfter, derived: derivedAfter = [], ...restAfter } = now;
    const fields = fieldChanges(restBefore, restAfter);
    const tags = tagDiffs([...tagsBefore, ...derivedBefore], [...tagsAfter, ...derivedAfter]);
    return fields.length + tags.length === 0
      ? []
      : [{ device, kind: "changed", tagCount, fields, tags }];
  });
}

type AnyTag = Tag | DerivedTag;

function tagDiffs(before: readonly AnyTag[], after: readonly AnyTag[]): TagDiff[] {
  return pairs(before, after, ({ signal }) => signal).flatMap(([signal, old, now]): TagDiff[] => {
    if (old === undefined) return [{ signal, kind: "added", fields: [] }];
    if (now === undefined) return [{ signal, kind: "removed", fields: [] }];
    const fields = fieldChanges(old, now);
    return fields.length === 0 ? [] : [{ signal, kind: "changed", fields }];
  });
}

/** What was there before, in its order, then what came. */
function pairs<Item>(
  before: readonly Item[],
  after: readonly Item[],
  keyOf: (item: Item) => string,
): [key: string, before: Item | undefined, after: Item | undefined][] {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const now = new Map(after.map((item) => [keyOf(item), item]));
  return [...new Set([...old.keys(), ...now.keys()])].map((key) => [
    key,
    old.get(key),
    now.get(key),
  ]);
}

function fieldChanges(before: object, after: object): FieldChange[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) =>
    change(path, old.get(path), now.get(path)),
  );
}

function deepChanges(before: unknown, after: unknown, path: string): FieldChange[] {
  if (!isRecord(before) || !isRecord(after)) return change(path, before, after);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    deepChanges(before[key], after[key], `${path}.${key}`),
  );
}

function change(path: string, before: unknown, after: unknown): FieldChange[] {
  if (canonical(before) === canonical(after)) return [];
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** Lines by their id, and their units by theirs, each with its place in the flow. */
function byId(lines: DeviceMap["lines"]): Record<string, unknown> {
  return Object.fromEntries(
    lines.map(({ id, units, ...line }) => [
      id,
      {
        ...line,
        units: Object.fromEntries(
          units.map(({ id: unit, ...rest }, position) => [unit, { ...rest, position }]),
        ),
      },
    ]),
  );
}

function meaningOf(map: DeviceMap, line: string): string {
  return canonical([map.enterprise, map.site, map.lines.find(({ id }) => id === line)]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON with sorted keys: equal for equal values. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      isRecord(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? "undefined"
  );
}
