import type { PlantHistory } from "@only-mes/simulators/feed/plant-history";
import type { Span } from "../compare.ts";
import type { PlannedShift } from "./calendar.ts";
import type { Desk, DeskCommand } from "./desk.ts";
import type { Range, RunJob } from "./expected.ts";
import {
  assembly,
  breaksOf,
  calendarCommands,
  crewCommands,
  maintenanceCommands,
  maintenancesOf,
  planningCommands,
} from "./planning.ts";

/**
 * What people do in the plant, and what must follow from it: a planner's calendar, orders and cycles, a
 * setter's changeovers, a supervisor who names stops. Only the assembly line works by orders.
 */
export interface People {
  /** Before the first shift. */
  prepare(desk: Desk): void;
  /** What has been done up to now. */
  act(desk: Desk, nowMs: number): void;
  readonly jobs: readonly (RunJob & { product: string })[];
  /** Planned downtime and breaks, of the assembly line and of the other one. */
  planned(line: string): readonly Range[];
  /** Named stops of the assembly line, microstops left out. */
  readonly stops: readonly NamedStop[];
}

interface NamedStop extends Range {
  reason: string | null;
}

const pacer = "assembly-1.frame";
const microstopMs = 300_000;
const minuteMs = 60_000;

const stopUnknown = ["stop_unknown", "split_outside_stop"];

export function people(
  history: PlantHistory,
  { shifts, fromMs, toMs }: { shifts: readonly PlannedShift[] } & Range,
): People {
  const jobs: (RunJob & { product: string })[] = [];
  const stops: NamedStop[] = [];
  const maintenances = maintenancesOf(shifts);
  let setUpsSeen = 0;
  let stopsSeen = 0;

  const spansOfPacer = (): readonly Span[] => history.truth().units[pacer]?.states ?? [];

  return {
    jobs,
    stops,
    planned: (line) => [
      ...breaksOf(shifts),
      ...(line === assembly ? maintenances.map(({ is }) => is) : []),
    ],
    prepare(desk) {
      for (const command of calendarCommands(fromMs)) desk.put(command);
      for (const command of planningCommands(fromMs)) desk.put(command);
      for (const shift of shifts) for (const command of crewCommands(shift)) desk.put(command);
      maintenances.forEach(({ plannedAtMs, said, is, movedAtMs }, index) => {
        for (const command of maintenanceCommands(index, { plannedAtMs, said, is, movedAtMs })) {
          if (command.occurredAtMs < toMs) desk.put(command);
        }
      });
    },
    act(desk, nowMs) {
      const spans = spansOfPacer();
      const setUps = history.setUps.filter(({ unit }) => unit === pacer);
      for (; setUpsSeen < setUps.length; setUpsSeen += 1) {
        const setUp = setUps[setUpsSeen];
        const begin = spans.findLast(
          ({ state, fromMs: at }) => state === "Execute" && at <= (setUp?.atMs ?? 0),
        );
        const running = spans.find(
          ({ state, fromMs: at }) => state === "Execute" && at > (setUp?.atMs ?? 0),
        );
        // The changeover lasts: its end is told when it is there.
        if (setUp === undefined || begin?.toMs == null || running === undefined) break;
        const job = {
          id: `J-${jobs.length + 1}`,
          fromMs: begin.toMs,
          productionMs: running.fromMs,
          toMs: Infinity,
          product: setUp.product,
        };
        const before = jobs.at(-1);
        if (before !== undefined) before.toMs = job.fromMs;
        jobs.push(job);
        for (const command of jobCommands(job, before)) desk.put(command);
      }
      const closed = stopsOf(spans);
      for (; stopsSeen < closed.length; stopsSeen += 1) {
        const stop = closed[stopsSeen];
        if (stop === undefined || stop.toMs + 5 * minuteMs > nowMs) break;
        stops.push(...nameStop(desk, stop, stopsSeen));
      }
    },
  };
}

function jobCommands(
  { id, product, fromMs, productionMs }: RunJob & { product: string },
  before: RunJob | undefined,
): DeskCommand[] {
  const order = id.replace("J", "O");
  const quantity = 1000;
  const post = (what: string, job: string, atMs: number, more = {}): DeskCommand => ({
    id: `${job}-${what}`,
    method: "POST",
    path: `/jobs/${job}/${what}`,
    body: { onConflict: "keep", ...more },
    occurredAtMs: atMs,
    mayBeLate: true,
  });
  return [
    {
      id: `order-${order}`,
      method: "PUT",
      path: `/production-orders/${order}`,
      body: { product, quantity },
      occurredAtMs: fromMs - 3,
    },
    {
      id: `job-${id}-planned`,
      method: "POST",
      path: "/jobs",
      body: { id, order, line: assembly, quantity },
      occurredAtMs: fromMs - 2,
    },
    ...(before === undefined ? [] : [post("complete", before.id, fromMs)]),
    post("start", id, fromMs, { phase: "setup" }),
    post("begin-production", id, productionMs),
  ];
}

/** Every time in which the pacing machine stood, of at least the threshold, that has ended. */
function stopsOf(spans: readonly Span[]): Range[] {
  const stops: Range[] = [];
  for (const { state, fromMs, toMs } of spans) {
    if (state === "Execute" || toMs === null) continue;
    const last = stops.at(-1);
    if (last !== undefined && last.toMs === fromMs) last.toMs = toMs;
    else stops.push({ fromMs, toMs });
  }
  // The last one may go on.
  return stops
    .filter(({ toMs }) => spans.some(({ state, fromMs }) => state === "Execute" && fromMs === toMs))
    .filter(({ fromMs, toMs }) => toMs - fromMs >= microstopMs);
}

/** Most are named; of every five one is left, one was named wrongly first, one was cut in two. */
function nameStop(desk: Desk, { fromMs, toMs }: Range, index: number): NamedStop[] {
  const id = `stop-${index + 1}`;
  const at = (ms: number): string => new Date(ms).toISOString();
  const name = (which: string, reason: string, range: Range, afterMs: number): void =>
    desk.put({
      id: `${id}-${which}`,
      method: "POST",
      path: "/stops/reason",
      body: { equipment: assembly, from: at(range.fromMs), to: at(range.toMs), reason },
      occurredAtMs: toMs + afterMs,
      mayBeLate: true,
      notYet: stopUnknown,
    });
  const whole = { fromMs, toMs };
  switch (index % 5) {
    case 0:
      return [{ ...whole, reason: null }];
    case 1:
      name("named", "breakdown-mechanical", whole, minuteMs);
      return [{ ...whole, reason: "breakdown-mechanical" }];
    case 2:
      name("wrong", "cleaning", whole, minuteMs);
      desk.put({
        id: `${id}-undone`,
        method: "POST",
        path: "/stops/undo",
        body: { edit: `${id}-wrong` },
        occurredAtMs: toMs + 2 * minuteMs,
        notYet: ["stop_edit_unknown"],
      });
      name("right", "jam", whole, 3 * minuteMs);
      return [{ ...whole, reason: "jam" }];
    case 3: {
      const middleMs = fromMs + Math.floor((toMs - fromMs) / 2);
      desk.put({
        id: `${id}-cut`,
        method: "POST",
        path: "/stops/split",
        body: { equipment: assembly, at: at(middleMs) },
        occurredAtMs: toMs + minuteMs,
        mayBeLate: true,
        notYet: stopUnknown,
      });
      const second = { fromMs: middleMs, toMs };
      name("second", "operator-missing", second, 2 * minuteMs);
      return [
        { fromMs, toMs: middleMs, reason: null },
        { ...second, reason: "operator-missing" },
      ];
    }
    default:
      name("named", "changeover", whole, minuteMs);
      return [{ ...whole, reason: "changeover" }];
  }
}
