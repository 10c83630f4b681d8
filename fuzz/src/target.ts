import type { RandomState } from "@only-mes/simulators/clock/random";

/** A decoder of the product under hostile input, with an oracle beside it that knows what may come out. */
export interface FuzzTarget {
  /** What is decoded, what is done to it, and who judges. */
  readonly what: string;
  /**
   * One case, made of this chance alone, so that a seed and a number name it.
   * @returns the name of what happened, for the tally: a handful of names, such as `accepted`.
   * @throws {Misattributed} if a value came out that the oracle denies, or a good one did not.
   * Anything else that is thrown counts as a crash.
   */
  attempt(random: RandomState): string;
}

/** A value reached the wrong taker, was not the one that was sent, or was lost although it was good. */
export class Misattributed extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Misattributed";
  }
}

/** Compares as values: `NaN` is itself, and `-0` is not `0`. */
export function demand(actual: unknown, expected: unknown, what: string): void {
  if (Object.is(actual, expected)) return;
  throw new Misattributed(`${what}: ${shown(actual)}, not ${shown(expected)}`);
}

function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : (JSON.stringify(value) ?? String(value));
}
