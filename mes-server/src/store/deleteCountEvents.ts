import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { Transaction } from "./statement.ts";

/** Removes what was counted of a signal from a source time on, or behind a sample, up to another one. */
export async function deleteCountEvents(
  tx: Transaction,
  of: {
    signal: number;
    unit: string;
    fromMs: number;
    after: SampleKey | undefined;
    /** Absent: to the newest. */
    upTo: SampleKey | undefined;
  },
): Promise<void> {
  const after = of.after ?? { tsMs: of.fromMs, epoch: -1, sequence: -1, ordinal: -1 };
  const { upTo } = of;
  await tx.query(
    `DELETE FROM count_event
      WHERE unit = $1 AND signal = $2 AND ts >= $3
        AND (ts, epoch, sequence, ordinal) > ($3, $4::bigint, $5::bigint, $6::int)
        AND ($7::timestamptz IS NULL
             OR (ts <= $7 AND (ts, epoch, sequence, ordinal) <= ($7, $8::bigint, $9::bigint, $10::int)))`,
    [
      of.unit,
      of.signal,
      new Date(after.tsMs),
      after.epoch,
      after.sequence,
      after.ordinal,
      upTo === undefined ? null : new Date(upTo.tsMs),
      upTo?.epoch ?? 0,
      upTo?.sequence ?? 0,
      upTo?.ordinal ?? 0,
    ],
  );
}
