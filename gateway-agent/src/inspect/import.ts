import { readFile } from "node:fs/promises";
import { formatProblem } from "@only-mes/protocols/device-map/parse";
import { isMap, isSeq, parseDocument } from "yaml";
import { CallError, type Command, type Outcome } from "./command.ts";
import { formatCell, tagColumns } from "./tag-list/columns.ts";
import { ListError } from "./tag-list/csv.ts";
import { readListFile } from "./tag-list/files.ts";
import { mergeTags, type Merged, type TagChange } from "./tag-list/merge.ts";
import { readTagList, type ListProblem } from "./tag-list/read-list.ts";
import { replaceFile } from "./write-file.ts";

const shownMax = 40;

export const importTags: Command = {
  summary:
    "Lays a tag list from a spreadsheet over a device map: shows what changes, writes with --apply.",
  takes: "<device map> <list.csv or list.xlsx>",
  argumentsMin: 2,
  argumentsMax: 2,
  options: {
    apply: { help: "write the map; its comments stay. Without it nothing is written" },
    device: {
      value: "<id>",
      help: "the device of the rows that name none (the only one of the map)",
    },
    "remove-others": {
      help: "remove the tags that the list does not name, of the devices that it names",
    },
    all: { help: `show every change, not only the first ${shownMax}` },
  },
  notes: `Columns: ${tagColumns.map(({ title }) => title).join(", ")}.
The first row has their titles, in any order; capitals, spaces and _ do not matter. Only device
(or --device) and signal must be there: a row is the tag of that device and signal, changed if the
map has it, added if not. An empty cell takes the field away; a field without a column stays.
CSV with , or ; or tabs, with or without a byte order mark, UTF-8, UTF-16 or windows-1252. Numbers
may have a decimal comma; 1,000 counts as 1 in lists with ; or tabs, and is refused elsewhere.
A list with anything wrong changes nothing, and every wrong cell is named.`,
  examples: [
    "import my-plant.yaml tags.xlsx",
    "import my-plant.yaml tags.xlsx --apply",
    "import my-plant.yaml from-the-plc.csv --device press-a --remove-others",
  ],
  async run(call) {
    const [mapFile = "", listFile = ""] = call.args;
    const mapText = await textOf(mapFile);
    const asked = { mapFile, listFile, asJson: call.flag("json"), showsAll: call.flag("all") };
    const device = call.text("device") ?? onlyDevice(mapText);
    const { tags, problems, unreadable } = await tagsOf(listFile, device);
    if (unreadable !== undefined) throw new CallError(`${listFile}: ${unreadable}`);
    const merged = mergeTags(mapText, problems.length > 0 ? [] : tags, {
      file: mapFile,
      removesOthers: call.flag("remove-others"),
    });
    const all = { ...merged, problems: [...problems, ...merged.problems] };
    if (all.problems.length + all.mapProblems.length > 0) return refusal(all, asked);
    const isApplied = call.flag("apply") && merged.changes.length > 0;
    if (isApplied) {
      if ((await textOf(mapFile)) !== mapText) {
        throw new CallError(`${mapFile} was changed in the meantime; nothing was written.`);
      }
      await replaceFile(mapFile, merged.text);
    }
    return report(merged, isApplied, asked);
  },
};

interface Asked {
  readonly mapFile: string;
  readonly listFile: string;
  readonly asJson: boolean;
  readonly showsAll: boolean;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new CallError(error instanceof Error ? error.message : String(error));
  }
}

/** Of a map with one device a list need not name it. */
function onlyDevice(mapText: string): string | undefined {
  const devices = parseDocument(mapText, { logLevel: "error" }).get("devices");
  const [only, ...more] = isSeq(devices) ? devices.items : [];
  if (!isMap(only) || more.length > 0) return undefined;
  const id = only.get("id");
  return typeof id === "string" ? id : undefined;
}

async function tagsOf(file: string, device: string | undefined) {
  try {
    const { rows, separator } = await readListFile(file);
    return { ...readTagList(rows, separator, device), unreadable: undefined };
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return { tags: [], problems: [], unreadable: error.message };
  }
}

function refusal({ problems, mapProblems }: Merged, { listFile, asJson }: Asked): Outcome {
  const sorted = [...problems].sort((a, b) => a.row - b.row);
  if (asJson) {
    const report = { file: listFile, applied: false, problems: sorted, mapProblems };
    return { output: `${JSON.stringify(report)}\n`, exitCode: 1 };
  }
  const lines = [
    ...mapProblems.map((problem) => formatProblem(problem)),
    ...sorted.map((problem) => `${listFile}: ${formatListProblem(problem)}`),
    `${sorted.length + mapProblems.length} problem(s); nothing was written.`,
  ];
  return { output: `${lines.join("\n")}\n`, exitCode: 1 };
}

function formatListProblem({ row, column, message, allowed }: ListProblem): string {
  const where = column === "" ? `row ${row}` : `row ${row}, column ${column}`;
  return `${where}: ${message} (allowed: ${allowed})`;
}

function report(merged: Merged, isApplied: boolean, asked: Asked): Outcome {
  const { changes, unchanged } = merged;
  const count = (kind: TagChange["kind"]) => changes.filter((one) => one.kind === kind).length;
  const counts = { added: count("added"), changed: count("changed"), removed: count("removed") };
  if (asked.asJson) {
    const told = changes.map(({ fields, ...change }) => ({
      ...change,
      fields: Object.fromEntries(
        fields.map(({ column, from, to }) => [column.title, { from, to }]),
      ),
    }));
    const json = { file: asked.mapFile, applied: isApplied, ...counts, unchanged, changes: told };
    return { output: `${JSON.stringify(json)}\n`, exitCode: 0 };
  }
  const shown = asked.showsAll ? changes : changes.slice(0, shownMax);
  const hidden = changes.length - shown.length;
  const lines = [
    ...linesOf(shown),
    ...(hidden > 0 ? [`… and ${hidden} more (--all shows them)`] : []),
    `${counts.added} added, ${counts.changed} changed, ${counts.removed} removed, ${unchanged} as they were`,
    conclusion(changes.length, isApplied, asked.mapFile),
  ];
  return { output: `${lines.join("\n")}\n`, exitCode: 0 };
}

function conclusion(changes: number, isApplied: boolean, mapFile: string): string {
  if (changes === 0) return `${mapFile} says all of this already.`;
  return isApplied ? `${mapFile} was written.` : `Nothing was written; --apply writes ${mapFile}.`;
}

const signs: Record<TagChange["kind"], string> = { added: "+", changed: "~", removed: "-" };

function linesOf(changes: readonly TagChange[]): string[] {
  const width = Math.max(0, ...changes.map(({ signal }) => signal.length));
  return [...Map.groupBy(changes, ({ device }) => device)].flatMap(([device, ofDevice]) => [
    device,
    ...ofDevice.map(({ kind, signal, fields }) =>
      `  ${signs[kind]} ${signal.padEnd(width)}  ${fieldsText(kind, fields)}`.trimEnd(),
    ),
  ]);
}

function fieldsText(kind: TagChange["kind"], fields: TagChange["fields"]): string {
  const told = fields.filter(({ column }) => column.title !== "signal");
  return told
    .map(({ column, from, to }) => {
      const text = (value: unknown) => (value === undefined ? "none" : formatCell(column, value));
      return kind === "added"
        ? `${column.title} ${text(to)}`
        : `${column.title} ${text(from)} -> ${text(to)}`;
    })
    .join(", ");
}
