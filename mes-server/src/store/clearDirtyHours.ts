import type { DirtyHour } from "./readDirtyHours.ts";
import type { Transaction } from "./statement.ts";

/** Takes the marks off hours that have been derived, unless they were marked again meanwhile. */
export async function clearDirtyHours(
  tx: Transaction,
  line: string,
  hours: readonly DirtyHour[],
): Promise<void> {
  if (hours.length === 0) return;
  await tx.query({
    name: "clearDirtyHours",
    text: `DELETE FROM dirty_hour d
            USING unnest($2::timestamptz[], $3::bigint[]) AS seen(hour, marks)
            WHERE d.line = $1 AND d.hour = seen.hour AND d.marks = seen.marks`,
    values: [line, hours.map(({ hourMs }) => new Date(hourMs)), hours.map(({ marks }) => marks)],
  });
}
