import type { RecalculationState } from "./readRecalculation.ts";
import type { Transaction } from "./statement.ts";

/** Another host has derived windows of this line meanwhile: what this one has derived may be old. */
export class RecalculationOvertaken extends Error {
  constructor(line: string) {
    super(`windows of ${line} have been derived by another host meanwhile`);
    this.name = "RecalculationOvertaken";
  }
}

/**
 * Takes the turn of a line, under the lock of its row, from where the deriving began.
 *
 * @throws {RecalculationOvertaken} if another host has had a turn since.
 */
export async function takeRecalculation(
  tx: Transaction,
  line: string,
  seen: RecalculationState | undefined,
  next: { derivedFromMs: number; derivedToMs: number; hasChanged: boolean },
): Promise<void> {
  const { rowCount } =
    seen === undefined
      ? await tx.query(
          `INSERT INTO line_recalculation (line, derived_from, derived_to, revision, turn)
           VALUES ($1, $2, $3, $4, 1) ON CONFLICT (line) DO NOTHING`,
          [line, new Date(next.derivedFromMs), new Date(next.derivedToMs), next.hasChanged ? 1 : 0],
        )
      : await tx.query(
          `UPDATE line_recalculation SET derived_from = $2, derived_to = $3, turn = turn + 1, revision = revision + $5
            WHERE line = $1 AND turn = $4`,
          [
            line,
            new Date(next.derivedFromMs),
            new Date(next.derivedToMs),
            seen.turn,
            next.hasChanged ? 1 : 0,
          ],
        );
  if (rowCount !== 1) throw new RecalculationOvertaken(line);
}
