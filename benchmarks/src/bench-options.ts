/** Of benches that run for a time. */
export interface BenchOptions {
  /** How long each of their variants is measured. */
  readonly seconds: number;
  /** How long the outage was that `drain` drains. */
  readonly hours: number;
}

export const secondsByDefault = 20;
export const hoursByDefault = 8;
