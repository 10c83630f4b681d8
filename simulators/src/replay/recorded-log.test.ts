import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseLog } from "./recorded-log.ts";
import { findTargets, readValue } from "./targets.ts";

const header = "time,unit,signal,value";
const example = join(import.meta.dirname, "../../examples/bottling-morning.csv");

function values(...lines: string[]) {
  const { entries } = parseLog("log.csv", [header, ...lines].join("\n"));
  const { targetOf, moreNodes } = findTargets(entries);
  const read = entries.map((entry) => {
    const target = targetOf(entry);
    return target === undefined ? undefined : readValue("log.csv", entry, target);
  });
  return { entries, read, moreNodes };
}

describe("a recorded log", () => {
  it("may have its times in ISO 8601 or in milliseconds, and in any order", () => {
    const { entries } = values(
      "1767592801000,filler,state,Held",
      "2026-01-05T06:00:00.250Z,filler,state,Execute",
      "2026-01-05T07:00:02+01:00,filler,state,Execute",
    );
    expect(entries.map(({ atMs }) => atMs)).toEqual([
      1_767_592_800_250, 1_767_592_801_000, 1_767_592_802_000,
    ]);
  });

  it("takes values as numbers, texts in quotes, and states by their PackML names", () => {
    const { read } = values(
      "1,filler,state,execute",
      "2,bottling-1.filler,good-count,41207",
      "3,Filler,GoodCount,41208",
      '4,filler,product,"Lemonade, 0.5 l ""new"""',
      "5,press-a,guard-closed,false",
      "6,press-b,oil_temperature,44.1",
    );
    expect(read).toEqual([6, 41_207, 41_208, 'Lemonade, 0.5 l "new"', false, 44.1]);
  });

  it("makes a node of what the plant does not have, of the type of all its values", () => {
    const { moreNodes } = values(
      "1,mixer,state,Idle",
      "2,mixer,state,Execute",
      "1,mixer,speed,120",
      "2,mixer,speed,120.5",
      "1,mixer,batches,7",
      "1,mixer,recipe,12",
      "2,mixer,recipe,Lemon",
      "1,mixer,lid,true",
      "1,filler,foam-height,3.5",
    );
    expect(moreNodes).toEqual([
      { folder: "mixer", name: "state", type: "Int32" },
      { folder: "mixer", name: "speed", type: "Double" },
      { folder: "mixer", name: "batches", type: "UInt32" },
      { folder: "mixer", name: "recipe", type: "String" },
      { folder: "mixer", name: "lid", type: "Boolean" },
      { folder: "filler", name: "foam-height", type: "Double" },
    ]);
  });

  it.each([
    [["yesterday,filler,state,Held"], 'log.csv:2:1: "yesterday" is no time; allowed are ISO 8601'],
    [["2026-01-05T06:00:00,filler,state,Held"], "log.csv:2:1:"],
    [["1,fil ler,state,Held"], 'log.csv:2:3: "fil ler" is no unit; allowed are letters'],
    [["1,filler,a.b,1"], 'log.csv:2:10: "a.b" is no signal; allowed are letters'],
    [["1,filler,state"], "log.csv:2:15: a line has four fields: time,unit,signal,value"],
    [["1,filler,product,a,b"], "log.csv:2:20: a line has four fields, time,unit,signal,value; put"],
    [['1,filler,product,"a'], "log.csv:2:18: a quote is opened and not closed"],
    [
      ["1,filler,state,Running"],
      'log.csv:2:16: "Running" cannot be filler state; allowed is Clear',
    ],
    [["1,press-a,state,Clearing"], "allowed is Stopped, Starting, Idle, Suspended, Execute"],
    [["1,press-a,good-count,65536"], "log.csv:2:22:"],
    [["1,press-a,good-count,65536"], "allowed is a whole number from 0 to 65535"],
    [["1,filler,good-count,1", "2,filler,good-count,1.5"], "log.csv:3:21:"],
    [["1,press-a,die,much longer than 16 c"], "allowed is a text of at most 16 characters"],
    [[], "log.csv:2:1: the log has no entry"],
  ])("%j is refused, naming the place and what is allowed", (lines, message) => {
    expect(() => values(...lines)).toThrow(message);
  });

  it("without its header is refused", () => {
    expect(() => parseLog("log.csv", "a,b\n1,2")).toThrow(
      'log.csv:1:1: the first line must be "time,unit,signal,value"',
    );
  });

  it("is shipped as an example, which is right", async () => {
    const { entries } = parseLog(example, await readFile(example, "utf8"));
    const { targetOf } = findTargets(entries);
    for (const entry of entries) {
      const target = targetOf(entry);
      expect(target && readValue(example, entry, target)).toBeDefined();
    }
  });
});
