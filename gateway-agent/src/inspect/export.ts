import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import { CallError, meant, type Command, type Outcome } from "./command.ts";
import { readMap } from "./read-map.ts";
import { formatCell, tagColumns, type Column } from "./tag-list/columns.ts";
import { formatCsv, type Separator } from "./tag-list/csv.ts";
import { escapeApostrophe, escapeFormula } from "./tag-list/formula.ts";
import { writeXlsx } from "./tag-list/xlsx.ts";
import { validateCommand } from "./validate.ts";
import { replaceFile } from "./write-file.ts";

const separators: Readonly<Record<string, Separator>> = { comma: ",", semicolon: ";", tab: "\t" };

/** A German spreadsheet has ; between cells, and a comma in numbers. */
const decimalOf: Readonly<Record<Separator, string>> = { ",": ".", ";": ",", "\t": "." };

export const exportTags: Command = {
  summary: "Writes the tags of a device map as a list for a spreadsheet, a row for each tag.",
  takes: "<device map>",
  argumentsMin: 1,
  argumentsMax: 1,
  options: {
    to: { value: "<file>", help: "CSV, or XLSX if its name ends so; without it CSV to stdout" },
    device: { value: "<id>", repeated: true, help: "this device only" },
    separator: {
      value: "comma|semicolon|tab",
      help: "of CSV; with semicolon numbers have a decimal comma (default comma)",
    },
    all: { help: "all columns that a tag can have, not only those that are used" },
  },
  notes: `Columns: ${tagColumns.map(({ title }) => title).join(", ")}.
States stand as 0=Stopped 20=Execute. A text that a spreadsheet would run as a formula gets an
apostrophe, which import takes away again.`,
  examples: [
    "export my-plant.yaml --to tags.xlsx",
    "export my-plant.yaml --device press-a --separator semicolon --to press-a.csv",
  ],
  async run(call) {
    const [mapFile = ""] = call.args;
    const separator = separators[call.choice("separator", Object.keys(separators)) ?? "comma"];
    const read = readMap(mapFile);
    if (read.unreadable !== undefined) throw new CallError(read.unreadable);
    const { map } = read.parsed;
    if (map === undefined) return validateCommand(mapFile, call.flag("json"));
    const rows = rowsOf(map, devicesAsked(map, call.all("device")), call.flag("all"));
    return await written(rows, call.text("to"), separator ?? ",", call.flag("json"));
  },
};

function devicesAsked(map: DeviceMap, asked: readonly string[]): DeviceMap["devices"] {
  const ids = map.devices.map(({ id }) => id);
  const unknown = asked.find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new CallError(
      `The map has no device "${unknown}" (it has ${ids.join(", ")}).${meant(unknown, ids)}`,
    );
  }
  return asked.length === 0 ? map.devices : map.devices.filter(({ id }) => asked.includes(id));
}

interface ListedRow {
  readonly columns: readonly Column[];
  readonly cells: readonly string[];
}

/** Titles first. Columns that no tag uses are left out, but for those that most tags want. */
function rowsOf(map: DeviceMap, devices: DeviceMap["devices"], hasAll: boolean): ListedRow[] {
  const full = devices.flatMap((device) =>
    device.tags.map((tag) =>
      tagColumns.map((column) =>
        formatCell(column, column.path.length === 0 ? device.id : valueIn(tag, column.path)),
      ),
    ),
  );
  const kept = tagColumns.map(
    ({ title }, index) =>
      hasAll || usual.has(title) || full.some((cells) => (cells[index] ?? "") !== ""),
  );
  const columns = tagColumns.filter((_, index) => kept[index]);
  const titles = columns.map(({ title }) => title);
  return [titles, ...full.map((cells) => cells.filter((_, index) => kept[index]))].map((cells) => ({
    columns,
    cells,
  }));
}

const usual = new Set(["device", "signal", "role", "address", "type"]);

function valueIn(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

async function written(
  rows: readonly ListedRow[],
  file: string | undefined,
  separator: Separator,
  asJson: boolean,
): Promise<Outcome> {
  const tags = rows.length - 1;
  if (file === undefined && asJson) {
    const [titles, ...body] = rows.map(({ cells }) => cells);
    return { output: `${JSON.stringify({ columns: titles, rows: body })}\n`, exitCode: 0 };
  }
  const isXlsx = file?.toLowerCase().endsWith(".xlsx") === true;
  const content = isXlsx
    ? await writeXlsx(rows.map(({ cells }) => cells.map((cell) => escapeApostrophe(cell))))
    : formatCsv(
        rows.map((row) => csvCells(row, separator)),
        separator,
      );
  if (file === undefined) return { output: String(content), exitCode: 0 };
  await replaceFile(file, content);
  const output = asJson ? JSON.stringify({ file, tags }) : `${file}: ${tags} tags`;
  return { output: `${output}\n`, exitCode: 0 };
}

function csvCells({ columns, cells }: ListedRow, separator: Separator): string[] {
  return cells.map((cell, index) => {
    const kind = columns[index]?.form.kind;
    const isNumeric = kind === "number" || kind === "numberOrText";
    const local = isNumeric ? cell.replace(".", decimalOf[separator]) : cell;
    return escapeFormula(local);
  });
}
