import { firstDate, localMs, timeZone, type PlannedShift } from "./calendar.ts";
import type { DeskCommand } from "./desk.ts";
import type { Range } from "./expected.ts";

/** What is known before it happens: shifts, products with their ideal cycles, maintenance, who works when. */
export const assembly = "assembly-1";
const site = "northwind/riverside";
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const cycleSeconds: Readonly<Record<string, number>> = {
  "frame-s": 18.5,
  "frame-m": 19,
  "frame-l": 19.5,
};

export function calendarCommands(fromMs: number): DeskCommand[] {
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

export function planningCommands(fromMs: number): DeskCommand[] {
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

export interface Maintenance {
  plannedAtMs: number;
  said: Range;
  /** What held in the end. */
  is: Range;
  /** When it was corrected, after the fact; absent if it was as it was said. */
  movedAtMs?: number | undefined;
}

/** On Wednesdays at noon; the second one was an hour later than planned, as was told in the evening. */
export function maintenancesOf(shifts: readonly PlannedShift[]): Maintenance[] {
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

export function maintenanceCommands(
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

export function breaksOf(shifts: readonly PlannedShift[]): Range[] {
  return shifts.flatMap(({ name, fromMs }) =>
    name === "night" ? [] : [{ fromMs: fromMs + 4 * hourMs, toMs: fromMs + 4.5 * hourMs }],
  );
}

const notes = [
  ["material", "Two pallets of blanks are at the frame station, the third comes at noon."],
  ["machine", "The weld station pulls to the left; the tip was changed once."],
  ["quality", "Paint: watch the edges, one in thirty was touched up."],
  ["people", "One of us is away tomorrow, the setter comes from moulding."],
] as const;

/** Two people work a shift at the assembly line; in its last minutes one of them says what the next must know. */
export function crewCommands({ businessDate, name, fromMs, toMs }: PlannedShift): DeskCommand[] {
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
