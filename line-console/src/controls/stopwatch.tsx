import { stopwatch } from "../brand/speech.ts";

/** How long something has lasted. Its width does not change while the digits do. */
export function Stopwatch({ ms }: { ms: number }) {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return <time dateTime={`PT${seconds}S`}>{stopwatch(ms)}</time>;
}
