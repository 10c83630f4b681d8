import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";
import type { Transaction } from "./statement.ts";

export interface CursorAdvance {
  source: string;
  epoch: number;
  /** Committed by this transaction; ascending. */
  ranges: readonly SequenceRange[];
  samples: number;
}

/** Another host has committed some of these sequences: this transaction must not. */
export class AlreadyCommitted extends Error {
  constructor(sources: readonly string[]) {
    super(`messages of ${sources.join(", ")} have been committed by another host`);
    this.name = "AlreadyCommitted";
  }
}

/**
 * Adds to what is committed of each source, under the lock of its row. The last statement of the
 * transaction, so that lanes that share a source wait for each other's commit only.
 *
 * @throws {AlreadyCommitted} if any of the sequences is in it.
 */
export async function advanceCursors(
  tx: Transaction,
  advances: readonly CursorAdvance[],
): Promise<void> {
  if (advances.length === 0) return;
  const { rowCount } = await tx.query({
    name: "advanceCursors",
    text: `INSERT INTO delivery_cursor AS c (source, epoch, committed, samples)
           SELECT * FROM unnest($1::text[], $2::bigint[], $3::int8multirange[], $4::bigint[])
                      AS a(source, epoch, committed, samples)
            ORDER BY a.source, a.epoch
           ON CONFLICT (source, epoch) DO UPDATE
             SET committed = c.committed + excluded.committed, samples = c.samples + excluded.samples
           WHERE NOT c.committed && excluded.committed`,
    values: [
      advances.map(({ source }) => source),
      advances.map(({ epoch }) => epoch),
      advances.map(({ ranges }) => multirange(ranges)),
      advances.map(({ samples }) => samples),
    ],
  });
  if (rowCount !== advances.length) {
    throw new AlreadyCommitted(advances.map(({ source }) => source));
  }
}

function multirange(ranges: readonly SequenceRange[]): string {
  return `{${ranges.map(([first, last]) => `[${first},${last}]`).join(",")}}`;
}
