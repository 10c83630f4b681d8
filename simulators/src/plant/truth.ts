import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import { unitId } from "@only-mes/protocols/plant/signal";
import { never, type LineDesign, type MachineDesign } from "./design.ts";
import type { LineObserver } from "./line.ts";
import type { Machine } from "./machine.ts";
import type { Plant } from "./plant.ts";

/** What really happened, for comparison with what others found out. Instants are plant time. */
export interface PlantTruth {
  /** Production has ended, and every machine stands. */
  frozen: boolean;
  fromMs: number;
  /** Now; or, if it is frozen, when the last machine came to its stop. */
  toMs: number;
  /** By `<line>.<unit>`. */
  units: Record<string, UnitTruth>;
}

export interface UnitTruth {
  /** Pieces since the start of the plant. */
  good: number;
  scrap: number;
  states: StateTruth[];
  resets: ResetTruth[];
  /** What the PLC shows now. */
  counters: { goodCount: number; scrapCount: number };
}

export interface StateTruth {
  state: PackmlState;
  fromMs: number;
  /** `null` while it lasts. */
  toMs: number | null;
}

export interface ResetTruth {
  signal: "goodCount" | "scrapCount";
  atMs: number;
}

/** One line of the record, as it is kept in files. */
export type TruthEntry =
  | { unit: string; atMs: number; state: PackmlState; stopCode: number }
  | { unit: string; atMs: number; reset: "goodCount" | "scrapCount" }
  | { unit: string; atMs: number; good: number; scrap: number };

/** The most states kept in memory of one unit, half a year or so; then the oldest go. */
const statesMax = 200_000;

/** Writes down what happens in a plant, in memory and, entry by entry, wherever it is told to. */
export class TruthRecorder implements LineObserver {
  readonly #states = new Map<string, StateTruth[]>();
  readonly #resets = new Map<string, ResetTruth[]>();
  readonly #keep: (entry: TruthEntry) => void;
  readonly #keepPieces: ((entry: TruthEntry) => void) | undefined;

  constructor(
    keep: (entry: TruthEntry) => void = () => {},
    keepPieces?: (entry: TruthEntry) => void,
  ) {
    this.#keep = keep;
    this.#keepPieces = keepPieces;
  }

  /** The states that a new plant begins in. */
  begin(plant: Plant): void {
    for (const { design, state } of plant.lines.values()) {
      state.machines.forEach((machine, index) => {
        const machineDesign = design.machines[index];
        if (machineDesign === undefined) return;
        this.stateChanged(design, machineDesign, machine, machine.stateSinceMs);
      });
    }
  }

  stateChanged(line: LineDesign, design: MachineDesign, machine: Machine, atMs: number): void {
    const { state, stopCode } = machine;
    this.#note({ unit: unitId(line.id, design.id), atMs, state, stopCode });
  }

  counterReset(
    line: LineDesign,
    design: MachineDesign,
    signal: "goodCount" | "scrapCount",
    atMs: number,
  ): void {
    this.#note({ unit: unitId(line.id, design.id), atMs, reset: signal });
  }

  pieces(line: LineDesign, design: MachineDesign, good: number, scrap: number, atMs: number): void {
    this.#keepPieces?.({ unit: unitId(line.id, design.id), atMs, good, scrap });
  }

  /** Takes in what an earlier run has kept. */
  remember(entry: TruthEntry): void {
    if ("state" in entry) this.#rememberState(entry.unit, entry.state, entry.atMs);
    if ("reset" in entry) {
      listIn(this.#resets, entry.unit).push({ signal: entry.reset, atMs: entry.atMs });
    }
  }

  truth(plant: Plant): PlantTruth {
    const units: Record<string, UnitTruth> = {};
    for (const { design, state } of plant.lines.values()) {
      state.machines.forEach(({ good, scrap }, index) => {
        const unit = unitId(design.id, design.machines[index]?.id ?? "");
        units[unit] = {
          good: good.total,
          scrap: scrap.total,
          states: listIn(this.#states, unit),
          resets: listIn(this.#resets, unit),
          counters: { goodCount: good.shown, scrapCount: scrap.shown },
        };
      });
    }
    const { begunAtMs, originMs, nowMs } = plant.state;
    const frozen = begunAtMs !== never && plant.atRest();
    return { frozen, fromMs: originMs, toMs: frozen ? plant.restingSinceMs() : nowMs, units };
  }

  #note(entry: TruthEntry): void {
    this.remember(entry);
    this.#keep(entry);
    this.#keepPieces?.(entry);
  }

  #rememberState(unit: string, state: PackmlState, atMs: number): void {
    const states = listIn(this.#states, unit);
    const last = states.at(-1);
    // A stop code alone has changed.
    if (last?.state === state) return;
    if (last !== undefined) last.toMs = atMs;
    states.push({ state, fromMs: atMs, toMs: null });
    if (states.length > statesMax) states.splice(0, statesMax / 10);
  }
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
