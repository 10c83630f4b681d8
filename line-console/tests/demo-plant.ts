import type { History, HistoryBucket, StateInterval } from "@only-mes/protocols/console/http";
import type {
  LineEvent,
  LinePicture,
  LineState,
  SignalPicture,
  UnitPicture,
} from "@only-mes/protocols/console/live";
import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { heldPlant } from "./served-plant.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

interface UnitPlan {
  id: string;
  name: string;
  state: MachineState;
  signals: { name: string; role: string; value: SignalPicture["value"]; unit?: string }[];
}

interface LinePlan {
  id: string;
  name: string;
  area: string;
  state: MachineState;
  forMs: number;
  idealPerMinute: number;
  /** Share of the target that was reached. */
  reached: number;
  /** No shift is on. */
  unscheduled?: boolean;
  units: UnitPlan[];
}

const counted = (good: number, scrap: number) => [
  { name: "good-count", role: "goodCount", value: good },
  { name: "scrap-count", role: "scrapCount", value: scrap },
  { name: "stop-code", role: "stopCode", value: 0 },
];

const bottling: LinePlan = {
  id: "bottling-1",
  name: "Bottling 1",
  area: "beverages",
  state: "Execute",
  forMs: 4 * minuteMs + 12_000,
  idealPerMinute: 240,
  reached: 0.957,
  units: [
    {
      id: "filler",
      name: "Filler",
      state: "Execute",
      signals: [
        { name: "fill-temperature", role: "analog", value: 6.42, unit: "\u00b0C" },
        { name: "bowl-pressure", role: "analog", value: 2.31, unit: "bar" },
        { name: "power", role: "analog", value: 18.74, unit: "kW" },
        { name: "energy", role: "analog", value: 48_213.5, unit: "kWh" },
        { name: "product", role: "text", value: "Spring water 0.5 l" },
        ...counted(812_345, 2_311),
      ],
    },
    {
      id: "capper",
      name: "Capper",
      state: "Execute",
      signals: [
        { name: "torque", role: "analog", value: 1.84, unit: "Nm" },
        ...counted(811_020, 412),
      ],
    },
    {
      id: "labeller",
      name: "Labeller",
      state: "Suspended",
      signals: [
        { name: "glue-temperature", role: "analog", value: 148.2, unit: "\u00b0C" },
        { name: "web-tension", role: "analog", value: 32.1, unit: "N" },
        ...counted(810_688, 97),
      ],
    },
    {
      id: "packer",
      name: "Packer",
      state: "Execute",
      signals: [
        { name: "air-pressure", role: "analog", value: 6.1, unit: "bar" },
        ...counted(809_901, 12),
      ],
    },
  ],
};

function press(id: string, name: string, state: MachineState): UnitPlan {
  return {
    id,
    name,
    state,
    signals: [
      { name: "tonnage", role: "analog", value: 812.4, unit: "kN" },
      { name: "oil-temperature", role: "analog", value: 54.3, unit: "\u00b0C" },
      { name: "guard-closed", role: "status", value: state !== "Aborted" },
      { name: "strokes", role: "analog", value: 1_204_511 },
      { name: "die", role: "text", value: "D-4471 bracket" },
      ...counted(40_212, 318),
    ],
  };
}

const stamping: LinePlan = {
  id: "stamping-1",
  name: "Stamping 1",
  area: "press-shop",
  state: "Aborted",
  forMs: 11 * minuteMs + 3_000,
  idealPerMinute: 2_400,
  reached: 0.871,
  units: [press("press-a", "Press A", "Aborted"), press("press-b", "Press B", "Execute")],
};

/** Its last shift is over. */
const unscheduledLine = "Assembly 1";

const hall: [string, MachineState, number, number][] = [
  ["Bottling 2", "Suspended", 48_000, 0.98],
  ["Bottling 3", "Execute", 2 * hourMs, 1.01],
  ["Stamping 2", "Execute", 17 * minuteMs, 0.99],
  ["Welding 1", "Held", 2 * minuteMs, 0.74],
  ["Welding 2", "Execute", 51 * minuteMs, 0.95],
  ["Assembly 1", "Idle", 6 * minuteMs, 0.9],
  ["Assembly 2", "Execute", 7 * minuteMs, 0.97],
  ["Paint shop", "Unknown", 3 * minuteMs, 0.93],
  ["Packing 1", "Execute", 22 * minuteMs, 1.0],
  ["Packing 2", "Execute", 9 * minuteMs, 0.96],
];

/** As many lines as asked for, at most twelve, in all kinds of states. */
export function demoLines(count = 2): LinePlan[] {
  const others = hall.map(([name, state, forMs, reached], index): LinePlan => ({
    ...bottling,
    id: name.toLowerCase().replaceAll(" ", "-"),
    name,
    state,
    forMs,
    reached,
    unscheduled: name === unscheduledLine,
    idealPerMinute: 60 + index * 45,
  }));
  return [bottling, stamping, ...others].slice(0, count);
}

export function demoPlant(nowMs: () => number = Date.now, plans: LinePlan[] = demoLines()) {
  return heldPlant(
    plans.map((plan) => lineStateOf(plan, nowMs())),
    nowMs,
    (url, lines) => {
      const [, , , kind, id, what] = url.pathname.split("/").map(decodeURIComponent);
      const fromMs = Date.parse(url.searchParams.get("from") ?? "");
      const toMs = Math.min(Date.parse(url.searchParams.get("to") ?? ""), nowMs());
      if (kind === "lines" && what === "states") {
        const line = lines.get(id ?? "")?.line;
        return line === undefined ? undefined : { items: statesOf(line, fromMs, toMs) };
      }
      const signal = [...lines.values()].map((line) => line.signals[id ?? ""]).find(Boolean);
      if (kind !== "signals" || signal === undefined) return undefined;
      if (what === "history") {
        return historyOf(signal, fromMs, toMs, Number(url.searchParams.get("buckets") ?? 500));
      }
      return { id: signal.id, definition: { heartbeatMs: 10_000, periodMs: 1_000 } };
    },
  );
}

function lineStateOf(plan: LinePlan, nowMs: number): LineState {
  const startMs = Math.floor(nowMs / hourMs) * hourMs - 3 * hourMs;
  const target = ((nowMs - startMs) / minuteMs) * plan.idealPerMinute;
  const good = Math.round(target * plan.reached);
  const line: LinePicture = {
    id: plan.id,
    name: plan.name,
    area: plan.area,
    site: "lakeside",
    state: plan.state,
    stateSinceMs: nowMs - plan.forMs,
    shift:
      plan.unscheduled === true
        ? { id: "demo", name: "unscheduled", startMs, endMs: startMs + dayMs, unscheduled: true }
        : { id: "demo early", name: "early", startMs, endMs: startMs + 8 * hourMs },
    good,
    scrap: Math.round(good * 0.0123),
    ...(plan.unscheduled !== true && { target }),
    ratePerMinute: plan.state === "Execute" ? plan.idealPerMinute * 0.97 : 0,
    idealRatePerMinute: plan.idealPerMinute,
    ...(plan.unscheduled !== true && {
      kpis: { oee: 0.741, availability: 0.882, effectiveness: 0.851, quality: 0.988 },
    }),
    targetRatePerMinute: plan.idealPerMinute,
    lastSampleAtMs: plan.state === "Unknown" ? nowMs - plan.forMs : nowMs - 400,
    stale: plan.state === "Unknown",
  };
  const units: Record<string, UnitPicture> = {};
  const signals: Record<string, SignalPicture> = {};
  for (const [position, unit] of plan.units.entries()) {
    const id = `${plan.id}.${unit.id}`;
    const { name, state } = unit;
    const stateSinceMs = nowMs - (state === plan.state ? plan.forMs : 37_000);
    const scrap = Math.round(good * 0.003 * (position + 1));
    units[id] = { id, name, position, state, stateSinceMs, good, scrap, stale: false };
    for (const { name: signal, role, value, unit: engineeringUnit } of unit.signals) {
      signals[`${id}.${signal}`] = {
        id: `${id}.${signal}`,
        unit: id,
        name: signal,
        role,
        value,
        quality: 192,
        sourceTimeMs: nowMs - 700,
        stale: false,
        ...(engineeringUnit === undefined ? {} : { engineeringUnit }),
      };
    }
  }
  return { line, units, signals, events: eventsOf(plan, nowMs) };
}

function eventsOf(plan: LinePlan, nowMs: number): LineEvent[] {
  const unit = (index: number) => `${plan.id}.${plan.units[index % plan.units.length]?.id ?? ""}`;
  const told: [number, number, LineEvent["kind"], string][] = [
    [58, 0, "state", "Held"],
    [52, 0, "state", "Execute"],
    [41, 1, "counterRollover", "the good counter rolled over"],
    [26, 2, "state", "Suspended"],
    [25, 2, "state", "Execute"],
    [11, 0, "state", "Aborted"],
    [4, 1, "state", "Execute"],
  ];
  return told.map(([minutes, index, kind, text]) => ({
    id: `${plan.id}-${minutes}`,
    kind,
    unit: unit(index),
    atMs: nowMs - minutes * minuteMs,
    text,
  }));
}

/** A morning with its stops, the same at every call. */
function statesOf(line: LinePicture, fromMs: number, toMs: number): StateInterval[] {
  const turns: [number, MachineState][] = [
    [47, "Execute"],
    [6, "Suspended"],
    [31, "Execute"],
    [2, "Held"],
    [55, "Execute"],
    [17, "Aborted"],
    [64, "Execute"],
    [4, "Suspended"],
    [38, "Execute"],
    [9, "Unknown"],
    [71, "Execute"],
    [3, "Stopped"],
  ];
  const intervals: StateInterval[] = [];
  let atMs = Math.floor(fromMs / hourMs) * hourMs - hourMs;
  for (let index = 0; atMs < line.stateSinceMs; index += 1) {
    const [minutes, state] = turns[index % turns.length] ?? [60, "Execute"];
    const endMs = Math.min(atMs + minutes * minuteMs, line.stateSinceMs);
    intervals.push({
      state,
      from: new Date(atMs).toISOString(),
      to: new Date(endMs).toISOString(),
    });
    atMs = endMs;
  }
  intervals.push({ state: line.state, from: new Date(atMs).toISOString(), to: null });
  return intervals
    .filter(({ to }) => to === null || Date.parse(to) > fromMs)
    .filter(({ from }) => Date.parse(from) < toMs);
}

function historyOf(signal: SignalPicture, fromMs: number, toMs: number, wanted: number): History {
  const bucketMs = Math.max(1_000, Math.ceil((toMs - fromMs) / wanted / 1_000) * 1_000);
  const level = typeof signal.value === "number" ? signal.value : 1;
  const buckets: HistoryBucket[] = [];
  for (let atMs = Math.floor(fromMs / bucketMs) * bucketMs; atMs < toMs; atMs += bucketMs) {
    const at = new Date(atMs).toISOString();
    const isGap = Math.floor(atMs / (7 * minuteMs)) % 6 === 2;
    if (isGap) buckets.push({ at, min: null, max: null, first: null, last: null, count: 0 });
    else {
      const middle =
        level * (1 + 0.04 * Math.sin(atMs / 191_000) + 0.015 * Math.sin(atMs / 23_000));
      const spread = level * 0.008 * (1 + Math.sin(atMs / 71_000) ** 2);
      const [min, max] = [middle - spread, middle + spread];
      buckets.push({ at, min, max, first: middle, last: middle + spread / 3, count: 4 });
    }
  }
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  return { signal: signal.id, from: from ?? "", to: to ?? "", bucketMs, buckets };
}
