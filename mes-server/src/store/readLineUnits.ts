import type { Transaction } from "./statement.ts";

export interface LineUnitRow {
  id: string;
  position: number;
  pacesLine: boolean;
  outputOfLine: boolean;
  idealRatePerMinute: number | null;
  /** What a shift is planned with. */
  targetRatePerMinute: number | null;
}

/** The units of a line; `undefined` if there is no such line. */
export async function readLineUnits(
  db: Transaction,
  line: string,
): Promise<LineUnitRow[] | undefined> {
  const { rows } = await db.query<LineUnitRow | { id: null }>(
    `SELECT u.id, u.position, u.paces_line AS "pacesLine", u.output_of_line AS "outputOfLine",
            u.ideal_rate_per_minute AS "idealRatePerMinute",
            u.target_rate_per_minute AS "targetRatePerMinute"
       FROM line l LEFT JOIN unit u ON u.line = l.id
      WHERE l.id = $1
      ORDER BY u.position, u.id`,
    [line],
  );
  return rows.length === 0 ? undefined : rows.filter((row) => row.id !== null);
}
