import { diffDeviceMaps, formatMapDiff, isSameMap } from "@only-mes/protocols/device-map/diff";
import { formatProblem } from "@only-mes/protocols/device-map/parse";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import { CallError, type Command, type Outcome } from "./command.ts";
import { readMap } from "./read-map.ts";

export const diff: Command = {
  summary: "Shows what a running gateway would change if one device map took the place of another.",
  takes: "<device map in force> <changed device map>",
  argumentsMin: 2,
  argumentsMax: 2,
  options: {},
  notes: `+ came, - went, ~ changed; comments and order mean nothing. A device that is not named keeps its
connection. Nothing is applied: a gateway applies the file of its --map by itself when it changes.`,
  examples: ["diff running.yaml changed.yaml", "diff running.yaml changed.yaml --json"],
  run: (call) => diffOf(call.args[0] ?? "", call.args[1] ?? "", call.flag("json")),
};

function diffOf(fileBefore: string, fileAfter: string, asJson: boolean): Outcome {
  const [before, after] = [read(fileBefore), read(fileAfter)];
  const problems = [...before.problems, ...after.problems];
  if (before.map === undefined || after.map === undefined) {
    const output = asJson ? JSON.stringify({ problems }) : problems.join("\n");
    return { output: `${output}\n`, exitCode: 1 };
  }
  const changes = diffDeviceMaps(before.map, after.map);
  if (asJson) return { output: `${JSON.stringify(changes)}\n`, exitCode: 0 };
  const lines = isSameMap(changes) ? ["nothing changes"] : formatMapDiff(changes);
  return { output: `${lines.join("\n")}\n`, exitCode: 0 };
}

function read(file: string): { map: DeviceMap | undefined; problems: string[] } {
  const found = readMap(file);
  if (found.unreadable !== undefined) throw new CallError(found.unreadable);
  const { map, problems = [] } = found.parsed;
  return { map, problems: problems.map((problem) => formatProblem(problem)) };
}
