/** What a line is expected to make and has made; all of it follows from its units. */
export interface UnitOfLine {
  position: number;
  pacesLine: boolean;
  outputOfLine: boolean;
  idealRatePerMinute?: number;
  targetRatePerMinute?: number;
}

const minuteMs = 60_000;

/** The units whose good pieces are the line's: those marked so, or the last ones along the line. */
export function outputUnits<U extends UnitOfLine>(units: readonly U[]): U[] {
  const marked = units.filter((unit) => unit.outputOfLine);
  if (marked.length > 0) return marked;
  const last = Math.max(...units.map((unit) => unit.position));
  return units.filter((unit) => unit.position === last);
}

export function idealRateOfLine(units: readonly UnitOfLine[]): number | undefined {
  return rateOfLine(units, (unit) => unit.idealRatePerMinute);
}

/** What a shift is planned with: no line runs at its ideal rate for eight hours. */
export function targetRateOfLine(units: readonly UnitOfLine[]): number | undefined {
  return rateOfLine(units, (unit) => unit.targetRatePerMinute ?? unit.idealRatePerMinute);
}

/** Units that pace a line do so side by side: their rates add up. */
function rateOfLine(
  units: readonly UnitOfLine[],
  rateOf: (unit: UnitOfLine) => number | undefined,
): number | undefined {
  const rates = units.filter((unit) => unit.pacesLine).map(rateOf);
  const known = rates.filter((rate) => rate !== undefined);
  return known.length === 0 || known.length < rates.length
    ? undefined
    : known.reduce((sum, rate) => sum + rate, 0);
}

/** Good pieces due by now, whole ones. None fall due in a break. */
export function targetByNow(
  ratePerMinute: number,
  sinceMs: number,
  nowMs: number,
  breaks: readonly { fromMs: number; toMs: number }[] = [],
): number {
  const pausedMs = breaks.reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, nowMs) - Math.max(fromMs, sinceMs)),
    0,
  );
  return Math.floor((ratePerMinute * Math.max(0, nowMs - sinceMs - pausedMs)) / minuteMs);
}
