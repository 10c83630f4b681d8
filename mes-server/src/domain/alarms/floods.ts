/** A time in which more alarms come than a person can answer (ISA-18.2). Half open. */
export interface Flood {
  fromMs: number;
  toMs: number | null;
  alarms: number;
}

export const floodWindowMs = 600_000;
const beginsAbove = 10;
const endsBelow = 5;

/**
 * The floods among the raises of one operator position. More than ten alarms in ten minutes begin one,
 * with the raise that is too many; it ends as soon as the last ten minutes hold fewer than five.
 */
export function floodsOf(raisedAtMs: readonly number[], nowMs: number): Flood[] {
  const raises = raisedAtMs.filter((atMs) => atMs <= nowMs).toSorted((a, b) => a - b);
  const floods: Flood[] = [];
  let open: Flood | undefined;
  let first = 0;
  for (const [index, atMs] of raises.entries()) {
    const endMs = open && calmBefore(raises, index, atMs);
    if (open !== undefined && endMs !== undefined) {
      open.toMs = endMs;
      open = undefined;
    }
    while ((raises[first] ?? atMs) <= atMs - floodWindowMs) first += 1;
    const inWindow = index - first + 1;
    if (open !== undefined) open.alarms += 1;
    else if (inWindow > beginsAbove) {
      open = { fromMs: atMs, toMs: null, alarms: inWindow };
      floods.push(open);
    }
  }
  if (open !== undefined) {
    const endMs = calmBefore(raises, raises.length, nowMs + 1);
    if (endMs !== undefined) open.toMs = endMs;
  }
  return floods;
}

/** When, between the raise before `index` and `beforeMs`, the window fell below the end of a flood. */
function calmBefore(
  raises: readonly number[],
  index: number,
  beforeMs: number,
): number | undefined {
  // With fewer than five in the window, the fifth last raise has left it.
  const fifthLast = raises[index - endsBelow];
  if (fifthLast === undefined) return undefined;
  const calmMs = fifthLast + floodWindowMs;
  return calmMs < beforeMs ? calmMs : undefined;
}

/** The most raises within any span of `spanMs`. */
export function mostWithin(raisedAtMs: readonly number[], spanMs: number): number {
  const raises = raisedAtMs.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, atMs] of raises.entries()) {
    while ((raises[first] ?? atMs) <= atMs - spanMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
