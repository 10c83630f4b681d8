import type { GapMarker } from "@only-mes/protocols/sparkplug/delivery";
import type { Transaction } from "./statement.ts";

export interface SampleGap extends GapMarker {
  source: string;
}

export async function insertSampleGaps(tx: Transaction, gaps: readonly SampleGap[]): Promise<void> {
  if (gaps.length === 0) return;
  await tx.query({
    text: `INSERT INTO sample_gap (source, device, from_ts, to_ts, samples, reason)
           SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
             $5::bigint[], $6::text[])`,
    values: [
      gaps.map(({ source }) => source),
      gaps.map(({ device }) => device.replaceAll("\0", "\uFFFD")),
      gaps.map(({ fromMs }) => new Date(fromMs)),
      gaps.map(({ toMs }) => new Date(toMs)),
      gaps.map(({ samples }) => samples),
      gaps.map(({ reason }) => reason),
    ],
  });
}
