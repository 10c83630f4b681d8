import type { ChangeoverDesign, LineDesign, MachineDesign, StepDesign } from "./design.ts";
import { stopCodes } from "./design.ts";
import type { ProcessValueDesign } from "./process-values.ts";

/** The demonstration plant: enterprise `northwind`, site `lakeside`. */
export interface PlantDesign {
  lines: readonly LineDesign[];
  /** By line id. */
  processValues: Readonly<Record<string, readonly ProcessValueDesign[]>>;
  /** The line whose power the energy meter measures, and its Wh when the plant is new. */
  meter: { line: string; firstWattHours: number };
}

const s = 1000;
const min = 60 * s;

const { none, jam, microstop, breakdown } = stopCodes;

const bottlingStartup: StepDesign[] = [
  { state: "Resetting", stopCode: none, lastsMs: [5 * s, 6 * s] },
  { state: "Starting", stopCode: none, lastsMs: [5 * s, 8 * s] },
];

const bottlingRecovery: StepDesign[] = [
  { state: "Clearing", stopCode: breakdown, lastsMs: [6 * s, 15 * s] },
  { state: "Stopped", stopCode: breakdown, lastsMs: [6 * s, 20 * s] },
  ...bottlingStartup,
];

const bottlingChangeover: ChangeoverDesign = {
  before: [],
  stoppedBeforeMs: [150 * s, 220 * s],
  stoppedAfterMs: [60 * s, 150 * s],
  startup: [
    { state: "Resetting", stopCode: none, lastsMs: [5 * s, 9 * s] },
    { state: "Idle", stopCode: none, lastsMs: [5 * s, 12 * s] },
    { state: "Starting", stopCode: none, lastsMs: [5 * s, 9 * s] },
  ],
  resets: ["goodCount", "scrapCount"],
};

/** Mean pieces between faults at 4 pieces a second: 240 is a minute of production. */
function bottlingMachine(
  id: string,
  cycle: readonly [number, number],
  scrapRate: number,
  mean: { microstopMinutes: number; jamMinutes: number; breakdownMinutes: number },
  first: { jam: readonly [number, number]; breakdown: readonly [number, number] },
): MachineDesign {
  return {
    id,
    cycleMs: cycle,
    piecesPerCycle: 1,
    scrapRate,
    counterBits: 32,
    firstGoodCount: [20_000, 90_000],
    firstScrapCount: [200, 1500],
    faults: [
      {
        name: "breakdown",
        everyPieces: mean.breakdownMinutes * 240,
        firstAfterPieces: [first.breakdown[0] * 240, first.breakdown[1] * 240],
        steps: [
          { state: "Aborted", stopCode: breakdown, lastsMs: [2 * min, 14 * min] },
          ...bottlingRecovery,
        ],
      },
      {
        name: "jam",
        everyPieces: mean.jamMinutes * 240,
        firstAfterPieces: [first.jam[0] * 240, first.jam[1] * 240],
        steps: [
          { state: "Held", stopCode: jam, lastsMs: [40 * s, 4 * min] },
          { state: "Unholding", stopCode: jam, lastsMs: [5 * s, 7 * s] },
        ],
      },
      {
        name: "microstop",
        everyPieces: mean.microstopMinutes * 240,
        firstAfterPieces: [200, 1400],
        steps: [{ state: "Held", stopCode: microstop, lastsMs: [5 * s, 40 * s] }],
      },
    ],
    startup: bottlingStartup,
    changeover: bottlingChangeover,
  };
}

const bottling: LineDesign = {
  id: "bottling-1",
  flow: "serial",
  machines: [
    {
      ...bottlingMachine(
        "filler",
        [252, 262],
        0.004,
        { microstopMinutes: 9, jamMinutes: 70, breakdownMinutes: 420 },
        { jam: [9, 30], breakdown: [40, 300] },
      ),
      batchPieces: [24_000, 44_000],
      firstBatchPieces: [3400, 5600],
    },
    bottlingMachine(
      "capper",
      [230, 240],
      0.003,
      { microstopMinutes: 7, jamMinutes: 60, breakdownMinutes: 600 },
      { jam: [2, 5], breakdown: [60, 400] },
    ),
    bottlingMachine(
      "labeller",
      [228, 238],
      0.006,
      { microstopMinutes: 5, jamMinutes: 45, breakdownMinutes: 480 },
      { jam: [5, 20], breakdown: [25, 60] },
    ),
    bottlingMachine(
      "packer",
      [222, 234],
      0.002,
      { microstopMinutes: 8, jamMinutes: 50, breakdownMinutes: 540 },
      { jam: [3, 9], breakdown: [80, 500] },
    ),
  ],
  buffers: [
    { capacity: 60, initial: 24, resumeLevel: 24, resumeSpace: 24 },
    { capacity: 240, initial: 90, resumeLevel: 48, resumeSpace: 48 },
    { capacity: 400, initial: 140, resumeLevel: 60, resumeSpace: 60 },
  ],
  batches: ["Spring water 0.5 l", "Lemonade 0.5 l", "Iced tea 0.75 l", "Sparkling water 1.0 l"],
};

const pressStartup: StepDesign[] = [
  { state: "Idle", stopCode: none, lastsMs: [5 * s, 6 * s] },
  { state: "Starting", stopCode: none, lastsMs: [5 * s, 8 * s] },
];

/** Mean pieces between stops at 20 pieces a second: 1200 is a minute of production. */
function press(
  id: string,
  resets: ChangeoverDesign["resets"],
  firstBatchPieces: readonly [number, number],
): MachineDesign {
  return {
    id,
    cycleMs: [98, 104],
    piecesPerCycle: 2,
    scrapRate: 0.012,
    counterBits: 16,
    // Near its end, so that the first hour shows a rollover however the hour goes.
    firstGoodCount: [52_000, 63_500],
    firstScrapCount: [150, 900],
    faults: [
      {
        name: "breakdown",
        everyPieces: 300 * 1200,
        firstAfterPieces: [30 * 1200, 200 * 1200],
        steps: [
          { state: "Aborted", stopCode: breakdown, lastsMs: [2 * min, 15 * min] },
          { state: "Stopped", stopCode: breakdown, lastsMs: [6 * s, 20 * s] },
          ...pressStartup,
        ],
      },
      {
        name: "coil change",
        everyPieces: 28 * 1200,
        firstAfterPieces: [5 * 1200, 15 * 1200],
        steps: [
          { state: "Suspended", stopCode: stopCodes.starved, lastsMs: [70 * s, 170 * s] },
          { state: "Starting", stopCode: none, lastsMs: [5 * s, 8 * s] },
        ],
      },
      {
        name: "jam",
        everyPieces: 25 * 1200,
        firstAfterPieces: [2 * 1200, 8 * 1200],
        steps: [
          { state: "Held", stopCode: jam, lastsMs: [40 * s, 5 * min] },
          { state: "Starting", stopCode: none, lastsMs: [5 * s, 8 * s] },
        ],
      },
      {
        name: "microstop",
        everyPieces: 4 * 1200,
        firstAfterPieces: [1200, 4 * 1200],
        steps: [{ state: "Held", stopCode: microstop, lastsMs: [5 * s, 45 * s] }],
      },
    ],
    startup: pressStartup,
    batchPieces: [150 * 1200, 280 * 1200],
    firstBatchPieces,
    changeover: {
      before: [{ state: "Complete", stopCode: none, lastsMs: [6 * s, 20 * s] }],
      stoppedBeforeMs: [4 * min, 9 * min],
      stoppedAfterMs: [2 * min, 6 * min],
      startup: pressStartup,
      resets,
    },
  };
}

const stamping: LineDesign = {
  id: "stamping-1",
  flow: "parallel",
  machines: [
    press("press-a", [], [30 * 1200, 60 * 1200]),
    press("press-b", ["scrapCount"], [15 * 1200, 24 * 1200]),
  ],
  buffers: [],
  batches: ["D-1041 BRACKET", "D-2207 FLANGE", "D-0338 HINGE L", "D-0339 HINGE R"],
};

type Levels = readonly [running: number, waiting: number, standing: number];
type Wander = readonly [amount: number, seconds: number];

function value(
  unit: string,
  name: string,
  [running, waiting, standing]: Levels,
  lagS: number,
  [wander, wanderS]: Wander,
  resolution: number,
): ProcessValueDesign {
  return { unit, name, running, waiting, standing, lagS, wander, wanderS, resolution };
}

/** Temperatures in °C, pressures in bar, torque in Nm, tension in N, force in kN, power in kW. */
export const lakeside: PlantDesign = {
  lines: [bottling, stamping],
  processValues: {
    "bottling-1": [
      value("filler", "FillTemperature", [6.2, 7.5, 11], 90, [0.12, 25], 0.01),
      value("filler", "BowlPressure", [2.4, 2.1, 1.3], 6, [0.025, 8], 0.01),
      value("capper", "ClosingTorque", [1.85, 0, 0], 2, [0.05, 3], 0.01),
      value("labeller", "GlueTemperature", [152, 149, 141], 120, [0.6, 40], 0.1),
      value("labeller", "WebTension", [38, 12, 0], 3, [0.9, 5], 0.1),
      value("packer", "AirPressure", [6.1, 6.4, 6.6], 10, [0.05, 12], 0.01),
      value("filler", "Power", [11.5, 4, 1.2], 4, [0.3, 6], 0.01),
      value("capper", "Power", [5.2, 1.8, 0.5], 3, [0.15, 6], 0.01),
      value("labeller", "Power", [4.4, 2.3, 1.1], 4, [0.12, 6], 0.01),
      value("packer", "Power", [8.6, 2.6, 0.7], 4, [0.25, 6], 0.01),
    ],
    "stamping-1": [
      value("press-a", "Tonnage", [820, 0, 0], 1, [9, 4], 0.1),
      value("press-a", "OilTemperature", [47, 38, 26], 600, [0.2, 60], 0.1),
      value("press-b", "Tonnage", [790, 0, 0], 1, [11, 4], 0.1),
      value("press-b", "OilTemperature", [49, 39, 26], 600, [0.2, 60], 0.1),
    ],
  },
  meter: { line: "bottling-1", firstWattHours: 48_215_300 },
};
