/** Of benches that run for a time. */
export interface BenchOptions {
  /** How long each of their variants is measured. */
  readonly seconds: number;
}

export const secondsByDefault = 20;
