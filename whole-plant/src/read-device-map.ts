import { readFileSync } from "node:fs";
import { formatProblem, parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";

/** @throws {RangeError} with a line a problem: file, line, path, what is wrong, what is allowed. */
export function readDeviceMap(file: string): DeviceMap {
  const { map, problems } = parseDeviceMap(readText(file), file);
  if (map === undefined) throw new RangeError(problems.map(formatProblem).join("\n"));
  return map;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new RangeError(`--map ${file} cannot be read`, { cause: error });
  }
}
