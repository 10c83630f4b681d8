import type { NumberReadings, Reading } from "./contract.ts";

/** The same as an object each. */
export function asReadings({ tags, values, timeMs }: NumberReadings): Reading[] {
  return Array.from(tags, (tag, index) => {
    const value = values[index] ?? Number.NaN;
    return { tag, timeMs, sourced: false, value: Number.isNaN(value) ? null : value };
  });
}
