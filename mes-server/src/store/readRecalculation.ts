import type { Transaction } from "./statement.ts";

/** How far the windows of a line are derived. */
export interface RecalculationState {
  derivedFromMs: number;
  derivedToMs: number;
  /** How often its windows have changed. */
  revision: number;
  /** How often they were derived, whatever came of it: what makes hosts take turns. */
  turn: number;
}

/** `undefined` if nothing of the line has been derived yet. */
export async function readRecalculation(
  db: Transaction,
  line: string,
): Promise<RecalculationState | undefined> {
  const { rows } = await db.query<{
    derived_from: Date | null;
    derived_to: Date;
    revision: string;
    turn: string;
  }>({
    name: "readRecalculation",
    text: "SELECT derived_from, derived_to, revision, turn FROM line_recalculation WHERE line = $1",
    values: [line],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    derivedFromMs: (row.derived_from ?? row.derived_to).getTime(),
    derivedToMs: row.derived_to.getTime(),
    revision: Number(row.revision),
    turn: Number(row.turn),
  };
}
