import { z } from "zod";

/**
 * Delivery from the outbox of a gateway to the database, on top of Sparkplug B (docs/delivery.md).
 *
 * Each DDATA carries an epoch, which lives as long as the outbox file, and a sequence without gaps
 * within it. The host answers after commit with the committed sequences as ranges.
 */
export const deliveryEpochMetric = "Delivery/Epoch";
export const deliverySequenceMetric = "Delivery/Sequence";
export const deliveryAcknowledgedMetric = "Delivery/Acknowledged";

/** What an outbox had to drop, as JSON ({@link GapMarker}); in a DDATA of its own, numbered as any other. */
export const deliveryDroppedMetric = "Delivery/Dropped";

/** Both ends belong to the range: [1, 3] is the sequences 1, 2 and 3. */
export type SequenceRange = readonly [first: number, last: number];

export interface Acknowledgement {
  epoch: number;
  /** Ascending, neither touching nor overlapping. */
  ranges: readonly SequenceRange[];
}

/** The most ranges in one acknowledgement; the newest are kept, and the next one brings the rest. */
export const acknowledgedRangesMax = 256;

/** `<epoch>:<first>-<last>,<first>-<last>…`, the value of the String metric `Delivery/Acknowledged`. */
export function formatAcknowledgement({ epoch, ranges }: Acknowledgement): string {
  const spans = ranges.slice(-acknowledgedRangesMax).map(([first, last]) => `${first}-${last}`);
  return `${epoch}:${spans.join(",")}`;
}

/** @throws {RangeError} if the text is not in the form of {@link formatAcknowledgement}. */
export function parseAcknowledgement(text: string): Acknowledgement {
  const match = /^(\d{1,16}):((?:\d{1,16}-\d{1,16}(?:,\d{1,16}-\d{1,16})*)?)$/.exec(text);
  if (match === null) throw new RangeError(malformed(text, "it is not <epoch>:<first>-<last>,…"));
  const [, epoch = "", spans = ""] = match;
  const ranges = spans === "" ? [] : spans.split(",").map((span) => parseRange(span, text));
  if (ranges.length > acknowledgedRangesMax) {
    throw new RangeError(malformed(text, `it has more than ${acknowledgedRangesMax} ranges`));
  }
  ranges.reduce((previousLast, [first, last]) => {
    if (first <= previousLast)
      throw new RangeError(malformed(text, "its ranges are not ascending"));
    return last;
  }, -1);
  return { epoch: Number(epoch), ranges };
}

function parseRange(span: string, text: string): SequenceRange {
  const [first = 0, last = 0] = span.split("-").map(Number);
  if (first > last) throw new RangeError(malformed(text, `the range ${span} runs backwards`));
  return [first, last];
}

function malformed(text: string, why: string): string {
  return `${deliveryAcknowledgedMetric} "${text.slice(0, 80)}" cannot be used: ${why}`;
}

/** Why samples never reach the server: beyond the cap in bytes, beyond that in age, or the disk took nothing. */
export const gapReasons = ["bytes", "age", "disk"] as const;

/** Samples that were read and had to be dropped: where the record of a device has a gap. */
export const gapMarker = z.strictObject({
  device: z.string().min(1).max(200),
  /** Source times of the first and the last of them. */
  fromMs: z.number().min(0).max(8_640_000_000_000_000),
  toMs: z.number().min(0).max(8_640_000_000_000_000),
  samples: z.int().positive(),
  reason: z.enum(gapReasons),
});

export type GapMarker = z.infer<typeof gapMarker>;
export type GapReason = GapMarker["reason"];

/** `undefined` if the text is no marker. */
export function parseGapMarker(text: string): GapMarker | undefined {
  try {
    return gapMarker.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
