import { lossClasses } from "../domain/stops/stop.ts";
import { emptyTally, tallyParts, type KpiTally } from "../domain/kpi/tally.ts";

/** The columns that a tally has in kpi_window and kpi_adjustment, in the order of its values. */
export const tallyColumns: readonly string[] = [
  ...tallyParts.map(snakeCase),
  ...lossClasses.map((lossClass) => `loss_${snakeCase(lossClass)}_ms`),
];

/** Sums of the columns, as numbers: they stay below 2^53. */
export const tallySums = tallyColumns
  .map((column) => `coalesce(sum(${column}), 0)::float8 AS ${column}`)
  .join(", ");

export const tallyColumnList = tallyColumns.join(", ");

export function valuesOfTally(tally: KpiTally): number[] {
  return [
    ...tallyParts.map((part) => tally[part]),
    ...lossClasses.map((lossClass) => tally.lossMs[lossClass]),
  ];
}

/** Of a row whose columns are numbers, or integers as text. */
export function tallyOfRow(row: Record<string, unknown>): KpiTally {
  const tally = emptyTally();
  for (const part of tallyParts) tally[part] = Number(row[snakeCase(part)]);
  for (const lossClass of lossClasses) {
    tally.lossMs[lossClass] = Number(row[`loss_${snakeCase(lossClass)}_ms`]);
  }
  return tally;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
