import type { ChangeoverDesign, LineDesign, MachineDesign, StepDesign } from "./design.ts";
import { stopCodes } from "./design.ts";
import type { PlantDesign } from "./lakeside.ts";

/**
 * A plant for long histories: pieces take seconds, not fractions of one, so that weeks of it are lived
 * through within minutes. Enterprise `northwind`, site `riverside`.
 */
const s = 1000;
const min = 60 * s;
const { none, jam, microstop, breakdown } = stopCodes;

const startup: StepDesign[] = [
  { state: "Resetting", stopCode: none, lastsMs: [10 * s, 30 * s] },
  { state: "Starting", stopCode: none, lastsMs: [10 * s, 30 * s] },
];

const changeover: ChangeoverDesign = {
  before: [],
  stoppedBeforeMs: [8 * min, 20 * min],
  stoppedAfterMs: [4 * min, 12 * min],
  startup,
  resets: ["goodCount", "scrapCount"],
};

/** Mean pieces between faults: 180 are an hour of assembly. */
function station(
  id: string,
  cycleS: readonly [number, number],
  scrapRate: number,
  hours: { microstop: number; jam: number; breakdown: number },
): MachineDesign {
  const pieces = (ofHours: number): number => Math.round(ofHours * 180);
  return {
    id,
    cycleMs: [cycleS[0] * s, cycleS[1] * s],
    piecesPerCycle: 1,
    scrapRate,
    counterBits: 32,
    firstGoodCount: [20_000, 90_000],
    firstScrapCount: [50, 900],
    faults: [
      {
        name: "breakdown",
        everyPieces: pieces(hours.breakdown),
        firstAfterPieces: [pieces(hours.breakdown / 3), pieces(hours.breakdown)],
        steps: [
          { state: "Aborted", stopCode: breakdown, lastsMs: [12 * min, 95 * min] },
          { state: "Clearing", stopCode: breakdown, lastsMs: [30 * s, 90 * s] },
          { state: "Stopped", stopCode: breakdown, lastsMs: [30 * s, 3 * min] },
          ...startup,
        ],
      },
      {
        name: "jam",
        everyPieces: pieces(hours.jam),
        firstAfterPieces: [40, pieces(hours.jam)],
        steps: [
          { state: "Held", stopCode: jam, lastsMs: [3 * min, 14 * min] },
          { state: "Unholding", stopCode: jam, lastsMs: [6 * s, 15 * s] },
        ],
      },
      {
        name: "microstop",
        everyPieces: pieces(hours.microstop),
        firstAfterPieces: [10, pieces(hours.microstop)],
        steps: [{ state: "Held", stopCode: microstop, lastsMs: [15 * s, 150 * s] }],
      },
    ],
    startup,
    changeover,
  };
}

const assembly: LineDesign = {
  id: "assembly-1",
  flow: "serial",
  machines: [
    {
      ...station("frame", [18, 20], 0.006, { microstop: 1.5, jam: 9, breakdown: 60 }),
      batchPieces: [900, 2200],
      firstBatchPieces: [300, 700],
    },
    station("weld", [17, 20], 0.012, { microstop: 1.2, jam: 7, breakdown: 45 }),
    station("paint", [17, 19], 0.02, { microstop: 2.5, jam: 14, breakdown: 80 }),
    station("assemble", [17, 20], 0.004, { microstop: 1.0, jam: 6, breakdown: 90 }),
    station("test", [16, 18], 0.015, { microstop: 2.0, jam: 11, breakdown: 120 }),
  ],
  buffers: [
    { capacity: 12, initial: 6, resumeLevel: 4, resumeSpace: 4 },
    { capacity: 30, initial: 15, resumeLevel: 8, resumeSpace: 8 },
    { capacity: 20, initial: 8, resumeLevel: 5, resumeSpace: 5 },
    { capacity: 20, initial: 8, resumeLevel: 5, resumeSpace: 5 },
  ],
  batches: ["frame-s", "frame-m", "frame-l"],
};

function press(id: string, cycleS: readonly [number, number]): MachineDesign {
  return {
    ...station(id, cycleS, 0.018, { microstop: 2, jam: 8, breakdown: 70 }),
    piecesPerCycle: 4,
    // Rolls over, and is never reset: a reset of so short a counter may look like a rollover.
    counterBits: 16,
    firstGoodCount: [60_000, 64_000],
    changeover: { ...changeover, resets: [] },
    batchPieces: [4000, 9000],
    firstBatchPieces: [800, 2500],
  };
}

const moulding: LineDesign = {
  id: "moulding-1",
  flow: "parallel",
  machines: [press("press-a", [42, 46]), press("press-b", [44, 48])],
  buffers: [],
  batches: ["cap-20", "cap-28", "handle"],
};

export const riverside: PlantDesign = {
  lines: [assembly, moulding],
  processValues: {},
  meter: { line: assembly.id, firstWattHours: 0 },
};
