import { lookOfState, type MachineState } from "@only-mes/protocols/plant/machine-state";
import { countUpTo } from "./countUpTo.ts";
import { cut, type LineRule, type UnitSpans } from "./line-rule.ts";
import { lineStates, type StateSpan } from "./line-states.ts";

/** A time in which a unit could not go on because of its neighbours along the line. */
export interface Wait {
  unit: string;
  /** starved: nothing came from upstream. blocked: nothing was taken downstream. */
  kind: "starved" | "blocked";
  /** Position of the machines that were down. */
  position: number;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
}

interface Station {
  position: number;
  spans: readonly StateSpan[];
}

/**
 * When units of a line waited for others: one in a waiting state whose nearest neighbour that does not wait
 * itself is down. Units of one position stand side by side: they are down when none of them runs or
 * waits. The nearer side holds, upstream if both are as near. In order of time.
 */
export function waitsOf(
  units: readonly UnitSpans[],
  waitingStates: readonly MachineState[],
): Wait[] {
  const stations = stationsOf(units);
  const edges = edgesOf(units);
  const waits: Wait[] = [];
  for (const unit of units) {
    for (const span of unit.spans) {
      if (!waitingStates.includes(span.state)) continue;
      for (const { atMs, endMs } of piecesOf(span, edges)) {
        const cause = causeAt(unit, stations, waitingStates, atMs);
        if (cause !== undefined)
          follow(waits, { unit: unit.id, ...cause, fromMs: atMs, toMs: endMs });
      }
    }
  }
  return waits.sort((a, b) => a.fromMs - b.fromMs);
}

/** The same, each time by its rule. */
export function waitsByRules(units: readonly UnitSpans[], rules: readonly LineRule[]): Wait[] {
  return rules.flatMap((rule) => {
    const then = units.map((unit) => ({
      ...unit,
      spans: unit.spans.flatMap((span) => cut(span, rule)),
    }));
    return waitsOf(then, rule.waitingStates);
  });
}

function stationsOf(units: readonly UnitSpans[]): Station[] {
  return [...Map.groupBy(units, ({ position }) => position)]
    .map(([position, group]) => ({ position, spans: lineStates(group.map(({ spans }) => spans)) }))
    .sort((a, b) => a.position - b.position);
}

function edgesOf(units: readonly UnitSpans[]): number[] {
  const edges = new Set<number>();
  for (const { spans } of units) {
    for (const { fromMs, toMs } of spans) {
      edges.add(fromMs);
      if (toMs !== null) edges.add(toMs);
    }
  }
  return [...edges].sort((a, b) => a - b);
}

/** A span cut where any unit changes: nothing changes within a piece. */
function* piecesOf(
  { fromMs, toMs }: StateSpan,
  edges: readonly number[],
): Generator<{ atMs: number; endMs: number | null }> {
  const untilMs = toMs ?? Infinity;
  let atMs = fromMs;
  for (let index = countUpTo(edges, (edgeMs) => edgeMs <= fromMs); ; index += 1) {
    const edgeMs = edges[index] ?? Infinity;
    if (edgeMs >= untilMs) break;
    yield { atMs, endMs: edgeMs };
    atMs = edgeMs;
  }
  yield { atMs, endMs: toMs };
}

/** One that goes on where the last one ended is the same wait. */
function follow(waits: Wait[], wait: Wait): void {
  const last = waits.at(-1);
  const goesOn = last?.unit === wait.unit && last.toMs === wait.fromMs;
  if (goesOn && last.kind === wait.kind && last.position === wait.position) last.toMs = wait.toMs;
  else waits.push(wait);
}

type Cause = Pick<Wait, "kind" | "position">;

function causeAt(
  unit: UnitSpans,
  stations: readonly Station[],
  waitingStates: readonly MachineState[],
  atMs: number,
): Cause | undefined {
  const here = stations.findIndex(({ position }) => position === unit.position);
  const upstream = down(stations.slice(0, here).reverse(), waitingStates, atMs);
  const downstream = down(stations.slice(here + 1), waitingStates, atMs);
  if (upstream !== undefined && upstream.steps <= (downstream?.steps ?? Infinity)) {
    return { kind: "starved", position: upstream.position };
  }
  return downstream && { kind: "blocked", position: downstream.position };
}

/** The first station that does not wait, if it is down. */
function down(
  stations: readonly Station[],
  waitingStates: readonly MachineState[],
  atMs: number,
): { position: number; steps: number } | undefined {
  for (const [steps, { position, spans }] of stations.entries()) {
    const state = stateAt(spans, atMs);
    if (state === undefined || waitingStates.includes(state)) continue;
    return lookOfState[state] === "stopped" ? { position, steps } : undefined;
  }
  return undefined;
}

/** Spans are in order of time: the last one that has begun is the only one that can hold. */
function stateAt(spans: readonly StateSpan[], atMs: number): MachineState | undefined {
  const span = spans[countUpTo(spans, ({ fromMs }) => fromMs <= atMs) - 1];
  return span !== undefined && atMs < (span.toMs ?? Infinity) ? span.state : undefined;
}
