import type { Transaction } from "./statement.ts";

export interface SpcSignalRow {
  characteristic: string;
  rule: string;
  /** The measurement that completes the pattern. */
  measurement: string;
  atMs: number;
  equipment: string;
  /** Measurements that make the pattern. */
  points: string[];
}

type Stored = Omit<SpcSignalRow, "atMs"> & { at: Date };

/**
 * The signals of a characteristic from an instant on are these now. Answers those that are new and those
 * that are gone.
 */
export async function replaceSpcSignals(
  tx: Transaction,
  { characteristic, fromMs }: { characteristic: string; fromMs: number },
  wanted: readonly SpcSignalRow[],
): Promise<{ begun: SpcSignalRow[]; gone: SpcSignalRow[] }> {
  const { rows } = await tx.query<Stored>(
    `SELECT characteristic, rule, measurement, at, equipment, points
       FROM spc_signal WHERE characteristic = $1 AND at >= $2
      ORDER BY at, measurement, rule`,
    [characteristic, new Date(fromMs)],
  );
  const keyOf = (row: { rule: string; measurement: string }): string =>
    `${row.rule} ${row.measurement}`;
  const before = new Map(rows.map((row) => [keyOf(row), row]));
  const now = new Set(wanted.map(keyOf));
  const gone = rows.filter((row) => !now.has(keyOf(row)));
  const begun = wanted.filter((row) => !before.has(keyOf(row)));
  const changed = wanted.filter((row) => {
    const known = before.get(keyOf(row));
    return known !== undefined && !isEqual(known, row);
  });
  for (const { rule, measurement } of [...gone, ...changed]) {
    await tx.query(
      "DELETE FROM spc_signal WHERE characteristic = $1 AND rule = $2 AND measurement = $3",
      [characteristic, rule, measurement],
    );
  }
  for (const row of [...begun, ...changed]) {
    await tx.query(
      `INSERT INTO spc_signal (characteristic, rule, measurement, at, equipment, points)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [characteristic, row.rule, row.measurement, new Date(row.atMs), row.equipment, row.points],
    );
  }
  return { begun, gone: gone.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() })) };
}

function isEqual(stored: Stored, wanted: SpcSignalRow): boolean {
  return (
    stored.at.getTime() === wanted.atMs &&
    stored.equipment === wanted.equipment &&
    stored.points.join("\n") === wanted.points.join("\n")
  );
}
