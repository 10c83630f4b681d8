import { isCounterRole } from "../plant/signal.ts";
import { checkModbusBuses, checkModbusTag } from "./check-modbus.ts";
import { checkDerived } from "./check-derived.ts";
import { checkScale } from "./check-scale.ts";
import { checkOpcuaTag, checkOpcuaUser, foreignFields, opcuaFields } from "./check-opcua.ts";
import { checkWrite } from "./check-write.ts";
import { allTags, asTag } from "./derived.ts";
import type { Finding } from "../yaml/explain-issue.ts";
import type { Device, DeviceMap, Tag } from "./schema.ts";
import { isInteger } from "./value-types.ts";

type Path = readonly PropertyKey[];

/** What the schema alone cannot see: names that must meet, and fields that belong together. */
export function checkDeviceMap(map: DeviceMap): Finding[] {
  return [
    ...duplicates(
      (map.redundancy?.members ?? []).map((id, index) => ({
        id,
        path: ["redundancy", "members", index],
      })),
      "member",
    ),
    ...duplicates(
      map.lines.map(({ id }, index) => ({ id, path: ["lines", index, "id"] })),
      "line",
    ),
    ...map.lines.flatMap(({ id, units }, line) =>
      duplicates(
        units.map((unit, index) => ({ id: unit.id, path: ["lines", line, "units", index, "id"] })),
        `unit of line "${id}"`,
      ),
    ),
    ...duplicates(
      map.devices.map(({ id }, index) => ({ id, path: ["devices", index, "id"] })),
      "device",
    ),
    ...duplicateSignals(map),
    ...map.devices.flatMap((device, index) => checkDevice(map, device, ["devices", index])),
    ...checkModbusBuses(map.devices),
  ];
}

function duplicates(named: { id: string; path: Path }[], what: string): Finding[] {
  const seen = new Set<string>();
  return named.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path, message: `a second ${what} is called "${id}"`, allowed: "each id once" }];
  });
}

/** A signal belongs to one tag of one device, over all devices of its line. */
function duplicateSignals(map: DeviceMap): Finding[] {
  const owners = new Map<string, string>();
  return map.devices.flatMap((device, deviceIndex) =>
    allTags(device).flatMap((tag, tagIndex) => {
      const signal = `${device.line}.${tag.signal}`;
      const owner = owners.get(signal);
      owners.set(signal, owner ?? device.id);
      if (owner === undefined) return [];
      return [
        {
          path: ["devices", deviceIndex, ...placeOf(device, tagIndex), "signal"],
          message: `"${tag.signal}" of line "${device.line}" is already a tag of device "${owner}"`,
          allowed: "each signal of a line in one tag",
        },
      ];
    }),
  );
}

/** Derived tags are numbered behind the tags. */
function placeOf({ tags }: Device, index: number): Path {
  return index < tags.length ? ["tags", index] : ["derived", index - tags.length];
}

function checkDevice(map: DeviceMap, device: Device, path: Path): Finding[] {
  const line = map.lines.find(({ id }) => id === device.line);
  const unknownLine: Finding[] =
    line === undefined
      ? [
          {
            path: [...path, "line"],
            message: `there is no line "${device.line}"`,
            allowed: map.lines.map(({ id }) => id).join(", "),
          },
        ]
      : [];
  const units = line?.units.map(({ id }) => id);
  return [
    ...unknownLine,
    ...(device.driver === "opcua" ? checkOpcuaUser(device, path) : []),
    ...device.tags.flatMap((tag, index) => {
      const tagPath = [...path, "tags", index];
      return [
        ...checkUnit(tag, tagPath, units),
        ...checkMeaning(tag, tagPath),
        ...checkWrite(device, tag, tagPath),
        ...(device.driver === "modbus"
          ? [
              ...foreignFields(tag, opcuaFields, tagPath, "belongs to OPC UA"),
              ...checkModbusTag(device, tag, tagPath),
            ]
          : checkOpcuaTag(tag, tagPath)),
      ];
    }),
    ...(device.derived ?? []).flatMap((derived, index) => {
      const derivedPath = [...path, "derived", index];
      const tag = asTag(device, derived);
      return [
        ...checkUnit(tag, derivedPath, units),
        ...checkMeaning(tag, derivedPath),
        ...checkDerived(device, derived, derivedPath),
      ];
    }),
  ];
}

function checkUnit(tag: Tag, path: Path, units: string[] | undefined): Finding[] {
  const unit = tag.signal.split("/")[0] ?? "";
  if (units === undefined || units.includes(unit)) return [];
  return [
    {
      path: [...path, "signal"],
      message: `its line has no unit "${unit}"`,
      allowed: units.map((id) => `${id}/…`).join(", "),
    },
  ];
}

/** Roles whose codes mean something by data. */
const codedRoles = [
  { role: "machineState", field: "states", meaning: "its PackML state" },
  { role: "machineMode", field: "modes", meaning: "its mode" },
] as const;

function checkMeaning(tag: Tag, path: Path): Finding[] {
  const findings: Finding[] = [];
  for (const { role, field, meaning } of codedRoles) {
    const isOfRole = tag.role === role;
    if (isOfRole && Object.keys(tag[field] ?? {}).length === 0) {
      findings.push({
        path,
        message: `a ${role} has no ${field}`,
        allowed: `${field}: a mapping from each code of the machine to ${meaning}`,
      });
    }
    if (!isOfRole && tag[field] !== undefined) {
      findings.push({
        path: [...path, field],
        message: `${field} of a ${tag.role}`,
        allowed: `${field} with role ${role} only`,
      });
    }
  }
  if (isCounterRole(tag.role)) findings.push(...checkCounter(tag, path));
  findings.push(...checkScale(tag, path));
  return findings;
}

function checkCounter(tag: Tag, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (tag.type !== undefined && !isInteger(tag.type)) {
    findings.push({
      path: [...path, "type"],
      message: `a ${tag.role} of type ${tag.type}`,
      allowed: "int8 to int64, uint8 to uint64",
    });
  }
  if (tag.scale !== undefined) {
    findings.push({
      path: [...path, "scale"],
      message: `a ${tag.role} with scale: it counts pieces, and rolls over at its width`,
      allowed: "a counter without scale",
    });
  }
  return findings;
}
