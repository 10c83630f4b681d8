import { createHash } from "node:crypto";
import { diffDeviceMaps } from "@only-mes/protocols/device-map/diff";
import { parseDeviceMap, type ParsedMap } from "@only-mes/protocols/device-map/parse";
import { device, type DeviceMap } from "@only-mes/protocols/device-map/schema";

/** What a map that comes while the gateway runs must keep. */
export interface MapFrame {
  /** The map in force. */
  readonly present: DeviceMap;
  /** `--endpoint`; those of devices that the map does not have are left out. */
  readonly endpoints: ReadonlyMap<string, string>;
}

/** The map of a text, with every problem at its line; the endpoints of the command line are in it. */
export function readMapFor(text: string, name: string, frame: MapFrame): ParsedMap {
  const { present, endpoints } = frame;
  const parsed = parseDeviceMap(text, name, (map) =>
    diffDeviceMaps(present, map).identity.map(({ path, before, after }) => ({
      path: [path],
      message: `is ${shown(after)}, and this gateway runs as ${shown(before)}`,
      allowed: "what it was, or a restart of the gateway",
    })),
  );
  if (parsed.map === undefined) return parsed;
  return { map: withEndpoints(parsed.map, endpoints) };
}

/** Twelve hexadecimal digits that tell one text of a map from another. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function withEndpoints(map: DeviceMap, endpoints: ReadonlyMap<string, string>): DeviceMap {
  return {
    ...map,
    devices: map.devices.map((one) => {
      const endpoint = endpoints.get(one.id);
      if (endpoint === undefined) return one;
      // Of another driver now: the map's own endpoint is the one that fits it.
      return device.safeParse({ ...one, endpoint }).data ?? one;
    }),
  };
}

function shown(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}
