import { readFileSync } from "node:fs";
import { formatProblem, parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import { device, type DeviceMap } from "@only-mes/protocols/device-map/schema";
import { OptionError } from "./options.ts";

/** Every problem of the map is a line of the message. @throws {OptionError} */
export function loadMap(file: string, endpoints: ReadonlyMap<string, string>): DeviceMap {
  const { map, problems } = parseDeviceMap(readText(file), file);
  if (map === undefined) {
    throw new OptionError(problems.map((problem) => formatProblem(problem)).join("\n"));
  }
  return withEndpoints(map, endpoints);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError(`--map ${file} cannot be read: ${why}`, { cause: error });
  }
}

function withEndpoints(map: DeviceMap, endpoints: ReadonlyMap<string, string>): DeviceMap {
  const unknown = [...endpoints.keys()].find((id) => !map.devices.some((d) => d.id === id));
  if (unknown !== undefined) {
    const known = map.devices.map(({ id }) => id).join(", ");
    throw new OptionError(
      `--endpoint ${unknown}=…: the map has no such device (allowed: ${known})`,
    );
  }
  return {
    ...map,
    devices: map.devices.map((one) => {
      const endpoint = endpoints.get(one.id);
      if (endpoint === undefined) return one;
      const changed = device.safeParse({ ...one, endpoint });
      if (changed.success) return changed.data;
      const why = changed.error.issues.map(({ message }) => message).join("; ");
      throw new OptionError(`--endpoint ${one.id}=${endpoint}: ${why}`);
    }),
  };
}
