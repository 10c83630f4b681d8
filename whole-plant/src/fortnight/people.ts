import type { PlantHistory } from "@only-mes/simulators/feed/plant-history";
import type { Span } from "../compare.ts";
import { firstDate, localMs, timeZone, type PlannedShift } from "./calendar.ts";
import type { Desk, DeskCommand } from "./desk.ts";
import type { Range, RunJob } from "./expected.ts";

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

export const assembly = "assembly-1";
const site = "northwind/riverside";
const pacer = "assembly-1.frame";
const microstopMs = 300_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const cycleSeconds: Readonly<Record<string, number>> = {
  "frame-s": 18.5,
  "frame-m": 19,
  "frame-l": 19.5,
};

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

function calendarCommands(fromMs: number): DeskCommand[] {
  const pause = { name: "break", minutes: 30 };
  const definition = {
    name: "Two shifts",
    zone: timeZone,
    shifts: [
      {
        name: "early",
        start: "06:00",
        end: "14:00",
        weekdays: [1, 2, 3, 4, 5, 6],
        breaks: [{ ...pause, at: "10:00" }],
      },
      {
        name: "late",
        start: "14:00",
        end: "22:00",
        weekdays: [1, 2, 3, 4, 5],
        breaks: [{ ...pause, afterMinutes: 240 }],
      },
      { name: "night", start: "22:00", end: "06:00", weekdays: [6] },
    ],
  };
  const at = { occurredAtMs: fromMs };
  return [
    {
      ...at,
      id: "calendar-pattern",
      method: "PUT",
      path: "/shift-patterns/two-shifts",
      body: { from: firstDate, definition },
    },
    {
      ...at,
      id: "calendar-assignment",
      method: "PUT",
      path: "/shift-assignments",
      body: { equipment: site, from: firstDate, pattern: "two-shifts" },
    },
  ];
}

function planningCommands(fromMs: number): DeskCommand[] {
  return Object.entries(cycleSeconds).flatMap(([product, seconds], index): DeskCommand[] => [
    {
      id: `product-${product}`,
      method: "PUT",
      path: `/products/${product}`,
      body: { name: `Frame ${product.slice(-1).toUpperCase()}`, unit: "piece" },
      occurredAtMs: fromMs + index,
    },
    {
      id: `cycle-${product}`,
      method: "POST",
      path: "/cycle-standards",
      body: {
        equipment: assembly,
        product,
        from: new Date(fromMs).toISOString(),
        idealCycleSeconds: seconds,
      },
      occurredAtMs: fromMs + 10 + index,
    },
  ]);
}

const notes = [
  ["material", "Two pallets of blanks are at the frame station, the third comes at noon."],
  ["machine", "The weld station pulls to the left; the tip was changed once."],
  ["quality", "Paint: watch the edges, one in thirty was touched up."],
  ["people", "One of us is away tomorrow, the setter comes from moulding."],
] as const;

/** Two people work a shift at the assembly line; in its last minutes one of them says what the next must know. */
function crewCommands({ businessDate, name, fromMs, toMs }: PlannedShift): DeskCommand[] {
  const shift = `${businessDate} ${name}`;
  const place = Math.round(fromMs / (8 * hourMs));
  const crew = name === "early" ? [11, 12] : name === "late" ? [21, 22] : [31, 32];
  const [topic, text] = notes[place % notes.length] ?? notes[0];
  return [
    ...crew.flatMap((badge, index): DeskCommand[] => [
      {
        id: `on-${badge}-${place}`,
        method: "POST",
        path: "/labour/sign-on",
        body: {
          person: `badge:${badge}`,
          equipment: assembly,
          role: index === 0 ? "operator" : "setter",
        },
        occurredAtMs: fromMs + (index + 1) * minuteMs,
      },
      {
        id: `off-${badge}-${place}`,
        method: "POST",
        path: "/labour/sign-off",
        body: { person: `badge:${badge}` },
        occurredAtMs: toMs - (index + 1) * minuteMs,
      },
    ]),
    {
      id: `note-${place}`,
      method: "POST",
      path: "/handover/notes",
      body: { line: assembly, shift, topic, text, actor: `badge:${crew[0]}` },
      occurredAtMs: toMs - 10 * minuteMs,
    },
  ];
}

interface Maintenance {
  plannedAtMs: number;
  said: Range;
  /** What held in the end. */
  is: Range;
  /** When it was corrected, after the fact; absent if it was as it was said. */
  movedAtMs?: number | undefined;
}

/** On Wednesdays at noon; the second one was an hour later than planned, as was told in the evening. */
function maintenancesOf(shifts: readonly PlannedShift[]): Maintenance[] {
  const wednesdays = shifts.filter(
    ({ businessDate, name }) =>
      name === "early" && new Date(`${businessDate}T00:00:00Z`).getUTCDay() === 3,
  );
  return wednesdays.map(({ businessDate }, index) => {
    const range = (from: number): Range => ({
      fromMs: localMs(businessDate, from),
      toMs: localMs(businessDate, from + 1),
    });
    const isMoved = index % 2 === 1;
    return {
      plannedAtMs: localMs(businessDate, -12),
      said: range(11),
      is: range(isMoved ? 12 : 11),
      ...(isMoved && { movedAtMs: localMs(businessDate, 20) }),
    };
  });
}

function maintenanceCommands(
  index: number,
  { plannedAtMs, said, is, movedAtMs }: Maintenance,
): DeskCommand[] {
  const iso = ({ fromMs, toMs }: Range) => ({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  });
  const id = `maintenance-${index + 1}`;
  return [
    {
      id,
      method: "POST",
      path: "/planned-downtimes",
      body: { equipment: assembly, kind: "maintenance", ...iso(said) },
      occurredAtMs: plannedAtMs,
    },
    ...(movedAtMs === undefined
      ? []
      : [
          {
            id: `${id}-moved`,
            method: "PATCH" as const,
            path: `/planned-downtimes/${id}`,
            body: iso(is),
            occurredAtMs: movedAtMs,
          },
        ]),
  ];
}

function breaksOf(shifts: readonly PlannedShift[]): Range[] {
  return shifts.flatMap(({ name, fromMs }) =>
    name === "night" ? [] : [{ fromMs: fromMs + 4 * hourMs, toMs: fromMs + 4.5 * hourMs }],
  );
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
