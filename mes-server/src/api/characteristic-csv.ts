import {
  characteristicDefinition,
  type Characteristic,
  type CharacteristicBody,
} from "@only-mes/protocols/console/quality";
import { slug } from "@only-mes/protocols/plant/signal";
import { definitionProblem } from "../domain/quality/check-definition.ts";
import type { CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { readCsv } from "./read-csv.ts";

/** Characteristics as they stand in a spreadsheet; what is written can be read again. */
export const characteristicTable: CsvTable<Characteristic> = {
  name: "characteristics",
  columns: {
    id: ({ id }) => id,
    name: ({ name }) => name,
    equipment: ({ equipment }) => equipment,
    product: ({ product }) => product,
    unit: ({ engineeringUnit }) => engineeringUnit,
    target: ({ target }) => target,
    lower_spec: ({ lowerSpec }) => lowerSpec,
    upper_spec: ({ upperSpec }) => upperSpec,
    chart: ({ chart }) => chart,
    subgroup_size: ({ subgroupSize }) => subgroupSize,
    every_minutes: ({ sampling }) => (sampling.by === "hand" ? sampling.everyMinutes : null),
    every_pieces: ({ sampling }) => (sampling.by === "hand" ? sampling.everyPieces : null),
    signal: ({ sampling }) => (sampling.by === "signal" ? sampling.signal : null),
    every_samples: ({ sampling }) => (sampling.by === "signal" ? sampling.everySamples : null),
    every_seconds: ({ sampling }) => (sampling.by === "signal" ? sampling.everySeconds : null),
    baseline_subgroups: ({ limits }) => (limits.from === "baseline" ? limits.subgroups : null),
    center: ({ limits }) => (limits.from === "fixed" ? limits.center : null),
    lower_limit: ({ limits }) => (limits.from === "fixed" ? limits.lower : null),
    upper_limit: ({ limits }) => (limits.from === "fixed" ? limits.upper : null),
    rules: ({ rules }) => rules.join(" "),
    lambda: ({ lambda }) => lambda,
    width: ({ width }) => width,
    phase: ({ phase }) => phase,
    retired: ({ retired }) => retired,
  },
};

const rowsMax = 1_000;

export interface ImportedCharacteristic {
  id: string;
  body: CharacteristicBody;
  /** As their CSV says; a row that is marked as retired retires. */
  isRetired: boolean;
}

/** @throws {ApiFailure} with every problem, each at its line. */
export function characteristicsOfCsv(text: string): ImportedCharacteristic[] {
  const { columns, rows } = parsed(text);
  const problems = columns
    .filter((column) => !Object.hasOwn(characteristicTable.columns, column))
    .map((column) => `line 1: there is no column "${column.slice(0, 40)}"`);
  if (rows.length === 0) problems.push("line 1: no characteristic follows");
  if (rows.length > rowsMax) problems.push(`line ${rowsMax + 2}: more than ${rowsMax} lines`);
  const seen = new Set<string>();
  const found: ImportedCharacteristic[] = [];
  for (const row of problems.length > 0 ? [] : rows) {
    const read = characteristicOf(row);
    if ("problem" in read) problems.push(`line ${row.line}: ${read.problem}`);
    else if (seen.has(read.id)) problems.push(`line ${row.line}: "${read.id}" stands twice`);
    else found.push(read);
    if ("id" in read) seen.add(read.id);
  }
  if (problems.length > 0)
    throw new ApiFailure("quality_csv_invalid", problems[0], "csv", problems);
  return found;
}

interface CsvRow {
  line: number;
  cells: ReadonlyMap<string, string>;
}

/** Rows by the names of their columns; the line is that of a file without line breaks in its cells. */
function parsed(text: string): { columns: string[]; rows: CsvRow[] } {
  const read = readCsv(text);
  if ("problem" in read) {
    throw new ApiFailure("quality_csv_invalid", read.problem, "csv", [read.problem]);
  }
  const [head = [], ...rows] = read.rows;
  const columns = head.map((column) => column.trim());
  return {
    columns,
    rows: rows.map((cells, index) => ({
      line: index + 2,
      cells: new Map(columns.map((column, at) => [column, (cells[at] ?? "").trim()])),
    })),
  };
}

function characteristicOf({ cells }: CsvRow): ImportedCharacteristic | { problem: string } {
  const text = (column: string): string | undefined => cells.get(column) || undefined;
  const id = slug.safeParse(text("id"));
  if (!id.success) return { problem: `id ${id.error.issues[0]?.message}` };
  const given = characteristicDefinition.safeParse(
    defined({
      name: text("name") ?? id.data,
      equipment: text("equipment"),
      product: text("product"),
      engineeringUnit: text("unit"),
      target: numeric(text("target")),
      lowerSpec: numeric(text("lower_spec")),
      upperSpec: numeric(text("upper_spec")),
      chart: text("chart"),
      subgroupSize: numeric(text("subgroup_size")),
      sampling: samplingOf(text),
      limits: limitsOf(text),
      rules: text("rules")?.split(/[ ,]+/).map(Number),
      lambda: numeric(text("lambda")),
      width: numeric(text("width")),
      phase: text("phase"),
    }),
  );
  if (!given.success) {
    const [issue] = given.error.issues;
    return { problem: `${issue?.path.join(".")}: ${issue?.message}` };
  }
  const problem = definitionProblem({ ...given.data, isRetired: false });
  if (problem !== undefined) return { problem: `${problem.code}: ${problem.detail}` };
  return { id: id.data, body: given.data, isRetired: text("retired") === "true" };
}

function samplingOf(text: (column: string) => string | undefined): unknown {
  const signal = text("signal");
  return defined(
    signal === undefined
      ? {
          by: "hand",
          everyMinutes: numeric(text("every_minutes")),
          everyPieces: numeric(text("every_pieces")),
        }
      : {
          by: "signal",
          signal,
          everySamples: numeric(text("every_samples")),
          everySeconds: numeric(text("every_seconds")),
        },
  );
}

function limitsOf(text: (column: string) => string | undefined): unknown {
  const center = numeric(text("center"));
  if (center !== undefined) {
    const [lower, upper] = [numeric(text("lower_limit")), numeric(text("upper_limit"))];
    return defined({ from: "fixed", center, lower, upper });
  }
  const subgroups = numeric(text("baseline_subgroups"));
  return subgroups === undefined ? undefined : { from: "baseline", subgroups };
}

/** What is no number stays one that is refused. */
function numeric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function defined<Of extends object>(of: Of): Of {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Of;
}
