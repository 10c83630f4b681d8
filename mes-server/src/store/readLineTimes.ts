import {
  bottleneckOf,
  lineStatesByRules,
  type LineRule,
  type UnitSpans,
} from "../domain/lines/line-rule.ts";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { standstills, type Standstill } from "../domain/stops/standstills.ts";
import { readLineRules } from "./readLineRules.ts";
import { readStopEdits, type EditRange, type KeptStopEdit } from "./readStopEdits.ts";
import { readStopSpans } from "./readStopSpans.ts";
import type { Transaction } from "./statement.ts";

export interface TimeWindow {
  fromMs: number;
  toMs: number;
  /** As it was believed then; now if absent. */
  knownAtMs?: number | undefined;
}

/** What the states and the stops of a line and its units follow from. */
export interface LineTimes {
  line: string;
  rules: LineRule[];
  /** In the order of the flow. */
  units: UnitSpans[];
  lineSpans: StateSpan[];
  /** From here on the states of every unit are known; before it, only those of units that stood still here. */
  coveredFromMs: number;
  /** By equipment: from where its first stop of the window began to where the last one ended. */
  reach: Map<string, EditRange>;
  edits: KeptStopEdit[];
}

/** Joined stops, and stops of a line in series, may reach further than any of their parts. */
const readsMax = 8;
const endOfTimeMs = Date.parse("9999-12-31T00:00:00Z");

/**
 * Reads them for a window: the stops that lie in it or reach into it are whole, with all that was said of
 * them. It reads on as far as those stops need, and never as far as others beside them do.
 */
export async function readLineTimes(
  db: Transaction,
  line: string,
  asked: TimeWindow,
): Promise<LineTimes> {
  const rules = await readLineRules(db, line, 0, Infinity);
  const { rows } = await db.query<{ id: string; position: number; paces_line: boolean }>(
    "SELECT id, position, paces_line FROM unit WHERE line = $1 ORDER BY position, id",
    [line],
  );
  const ids = rows.map(({ id }) => id);
  let anchor = asked;
  for (let window = asked, reads = 1; ; reads += 1) {
    const spans = await readStopSpans(db, { units: ids, ...window });
    const units = rows.map(({ id, position, paces_line }) => ({
      id,
      position,
      pacesLine: paces_line,
      spans: spans.get(id) ?? [],
    }));
    const lineSpans = lineStatesByRules(units, rules);
    const ofLine = touching(lineSpans, anchor);
    const whole = ofLine.reduce(around, anchor);
    const reach = reachOf([...units, { id: line, spans: lineSpans }], whole);
    const { knownAtMs } = asked;
    const edits = await readStopEdits(db, { ranges: [...reach.values()], knownAtMs });
    anchor = edits.filter(({ kind }) => kind === "merge").reduce(around, anchor);
    const wanted = unseenOf(ofLine, units, rules).reduce(around, around(window, anchor));
    const isAll = wanted.fromMs >= window.fromMs && wanted.toMs <= window.toMs;
    if (isAll || reads === readsMax) {
      const coveredFromMs = coverOf(units).fromMs;
      return { line, rules, units, lineSpans, coveredFromMs, reach, edits };
    }
    window = wanted;
  }
}

function touching(spans: readonly StateSpan[], { fromMs, toMs }: TimeWindow): Standstill[] {
  return standstills(spans).filter(
    (still) => still.fromMs < toMs && (still.toMs ?? Infinity) > fromMs,
  );
}

function around<W extends TimeWindow>(
  window: W,
  { fromMs, toMs }: { fromMs: number; toMs: number | null },
): W {
  return {
    ...window,
    fromMs: Math.min(window.fromMs, fromMs),
    toMs: Math.max(window.toMs, toMs ?? window.toMs),
  };
}

/** Whatever is said later of a stop that lasts counts for all of it. */
function reachOf(
  equipment: readonly { id: string; spans: readonly StateSpan[] }[],
  window: TimeWindow,
): Map<string, EditRange> {
  return new Map(
    equipment.map(({ id, spans }) => {
      const stills = touching(spans, window);
      const { fromMs, toMs } = stills.reduce(around, window);
      const lasts = stills.some((still) => still.toMs === null);
      return [id, { equipment: id, fromMs, toMs: lasts ? endOfTimeMs : toMs }];
    }),
  );
}

/** Standstills of the line that may be longer than they seem: not all that makes its state was read. */
function unseenOf(
  stills: readonly Standstill[],
  units: readonly UnitSpans[],
  rules: readonly LineRule[],
): Standstill[] {
  const making = rules.flatMap((rule) => bottleneckOf(units, rule));
  const { fromMs, toMs } = coverOf(making);
  return stills.filter((still) => still.fromMs < fromMs || (still.toMs ?? 0) > toMs);
}

/** Since when, and until when, the states of all of these units were read. */
function coverOf(units: readonly UnitSpans[]): { fromMs: number; toMs: number } {
  const read = units.filter(({ spans }) => spans.length > 0);
  return {
    fromMs: Math.max(-Infinity, ...read.map(({ spans }) => spans[0]?.fromMs ?? -Infinity)),
    toMs: Math.min(Infinity, ...read.map(({ spans }) => spans.at(-1)?.toMs ?? Infinity)),
  };
}
