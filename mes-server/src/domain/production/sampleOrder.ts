/** The place of a sample in the order in which its signal is folded. */
export interface SampleKey {
  tsMs: number;
  epoch: number;
  sequence: number;
  ordinal: number;
}

/** Negative if `a` comes first. */
export function compareSampleKeys(a: SampleKey, b: SampleKey): number {
  return a.tsMs - b.tsMs || a.epoch - b.epoch || a.sequence - b.sequence || a.ordinal - b.ordinal;
}
