import {
  alarmLevels,
  alarmSettings,
  type AlarmDefinition,
  type AlarmLevel,
} from "@only-mes/protocols/console/alarms";
import type { WantedDefinition } from "../alarms/defineAlarms.ts";
import type { CsvCell, CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { readCsv } from "./read-csv.ts";

type Columns = CsvTable<AlarmDefinition>["columns"];

const limitColumns: Columns = Object.fromEntries(
  alarmLevels.flatMap((level): [string, (item: AlarmDefinition) => CsvCell][] => [
    [level, (item) => limitOf(item, level)?.at],
    [`${level}Priority`, (item) => limitOf(item, level)?.priority],
  ]),
);

/** Definitions as they stand in a spreadsheet: what is exported can be changed and imported again. */
export const alarmDefinitionTable: CsvTable<AlarmDefinition> = {
  name: "alarm-definitions",
  columns: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    signal: ({ signal }) => signal,
    kind: ({ condition }) => condition.kind,
    ...limitColumns,
    deadband: ({ condition }) => (condition.kind === "limits" ? condition.deadband : null),
    when: ({ condition }) => (condition.kind === "status" ? condition.when : null),
    codes: ({ condition }) => (condition.kind === "code" ? condition.codes.join(" ") : null),
    states: ({ condition }) => (condition.kind === "state" ? condition.states.join(" ") : null),
    perMinute: ({ condition }) => (condition.kind === "rate" ? condition.perMinute : null),
    direction: ({ condition }) => (condition.kind === "rate" ? condition.direction : null),
    onDelayMs: ({ onDelayMs }) => onDelayMs,
    offDelayMs: ({ offDelayMs }) => offDelayMs,
    priority: ({ priority }) => priority,
    consequence: ({ consequence }) => consequence,
    response: ({ response }) => response,
    shelveMaxMs: ({ shelveMaxMs }) => shelveMaxMs,
    andon: ({ andon }) => andon,
    retired: ({ retired }) => retired,
  },
};

const rowsMax = 10_000;

/** @throws {ApiFailure} with every row that is none. */
export function definitionsOfCsv(text: string): WantedDefinition[] {
  const table = readCsv(text);
  if ("problem" in table) throw invalid([table.problem]);
  const [names = [], ...rows] = table.rows;
  const foreign = names.filter((name) => !Object.hasOwn(alarmDefinitionTable.columns, name));
  if (foreign.length > 0) {
    throw invalid(foreign.map((name) => `There is no column "${name.slice(0, 60)}".`));
  }
  if (rows.length === 0 || rows.length > rowsMax) {
    throw invalid([`It has ${rows.length} rows; 1 to ${rowsMax} are taken.`]);
  }
  const problems: string[] = [];
  const seen = new Set<string>();
  const wanted = rows.flatMap((cells, index): WantedDefinition[] => {
    const cell = new Map(names.map((name, place) => [name, (cells[place] ?? "").trim()]));
    const row = `row ${index + 1}`;
    const id = cell.get("id") ?? "";
    if (seen.has(id)) problems.push(`${row}: id: "${id}" stands twice`);
    seen.add(id);
    const parsed = alarmSettings.safeParse(settingsOf(cell));
    for (const { path, message } of parsed.error?.issues ?? []) {
      problems.push(`${row}: ${path.join(".")}: ${message}`);
    }
    if (!parsed.success) return [];
    return [{ id, settings: parsed.data, isRetired: cell.get("retired") === "true" }];
  });
  if (problems.length > 0) throw invalid(problems);
  return wanted;
}

const problemsMax = 100;

export function invalid(problems: readonly string[]): ApiFailure {
  const shown = problems.slice(0, problemsMax);
  return new ApiFailure("alarm_csv_invalid", problems[0], "csv", shown);
}

function limitOf({ condition }: AlarmDefinition, level: AlarmLevel) {
  return condition.kind === "limits" ? condition[level] : undefined;
}

type Cells = ReadonlyMap<string, string>;

function settingsOf(cells: Cells): Record<string, unknown> {
  return present({
    name: text(cells, "name"),
    signal: text(cells, "signal"),
    condition: conditionOf(cells),
    onDelayMs: number(cells, "onDelayMs"),
    offDelayMs: number(cells, "offDelayMs"),
    priority: text(cells, "priority"),
    consequence: text(cells, "consequence"),
    response: text(cells, "response"),
    shelveMaxMs: number(cells, "shelveMaxMs"),
    andon: text(cells, "andon"),
  });
}

function conditionOf(cells: Cells): Record<string, unknown> {
  const kind = text(cells, "kind");
  switch (kind) {
    case "limits":
      return present({
        kind,
        deadband: number(cells, "deadband"),
        ...Object.fromEntries(alarmLevels.map((level) => [level, limitIn(cells, level)])),
      });
    case "status": {
      const when = text(cells, "when");
      return present({ kind, when: when === undefined ? undefined : when === "true" });
    }
    case "code":
      return { kind, codes: (text(cells, "codes") ?? "").split(/\s+/).map(Number) };
    case "state":
      return { kind, states: (text(cells, "states") ?? "").split(/\s+/) };
    case "rate":
      return present({
        kind,
        perMinute: number(cells, "perMinute"),
        direction: text(cells, "direction"),
      });
    default:
      return { kind };
  }
}

function limitIn(cells: Cells, level: AlarmLevel): Record<string, unknown> | undefined {
  const at = number(cells, level);
  return at === undefined ? undefined : present({ at, priority: text(cells, `${level}Priority`) });
}

function text(cells: Cells, name: string): string | undefined {
  const cell = cells.get(name);
  return cell === undefined || cell === "" ? undefined : cell;
}

/** What is no number stays what it is, so that the schema says so. */
function number(cells: Cells, name: string): number | string | undefined {
  const cell = text(cells, name);
  if (cell === undefined) return undefined;
  return Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

function present(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
