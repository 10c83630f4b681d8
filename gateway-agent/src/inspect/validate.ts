import { formatProblem } from "@only-mes/protocols/device-map/parse";
import { readMap } from "./read-map.ts";
import type { Command, Outcome } from "./command.ts";

export const validate: Command = {
  summary:
    "Checks a device map: every problem with file, line, column, what is wrong, what is allowed.",
  takes: "<device map>",
  argumentsMin: 1,
  argumentsMax: 1,
  options: {},
  examples: ["validate my-plant.yaml", "validate my-plant.yaml --json"],
  run: (call) => validateCommand(call.args[0] ?? "", call.flag("json")),
};

export function validateCommand(mapFile: string, asJson: boolean): Outcome {
  const read = readMap(mapFile);
  if (read.unreadable !== undefined) return { output: `${read.unreadable}\n`, exitCode: 2 };
  const { map, problems = [] } = read.parsed;
  const devices = map?.devices.length ?? 0;
  const tags = map?.devices.reduce((sum, device) => sum + device.tags.length, 0) ?? 0;
  const exitCode = map === undefined ? 1 : 0;
  if (asJson) {
    const report = { file: mapFile, valid: map !== undefined, devices, tags, problems };
    return { output: `${JSON.stringify(report)}\n`, exitCode };
  }
  const lines =
    map === undefined
      ? [...problems.map((problem) => formatProblem(problem)), `${problems.length} problem(s)`]
      : [`${mapFile}: valid, ${devices} devices, ${tags} tags`];
  return { output: `${lines.join("\n")}\n`, exitCode };
}
