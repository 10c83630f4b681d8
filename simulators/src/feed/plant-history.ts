import { packmlStates } from "@only-mes/protocols/plant/machine-state";
import { unitId, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import type { LineDesign, MachineDesign } from "../plant/design.ts";
import type { PlantDesign } from "../plant/lakeside.ts";
import type { LineObserver } from "../plant/line.ts";
import type { Machine } from "../plant/machine.ts";
import { newPlantState, Plant } from "../plant/plant.ts";
import { TruthRecorder, type PlantTruth } from "../plant/truth.ts";
import type { FeedSample, FeedSignal } from "./feed-payloads.ts";

/** When the plant is open: between these instants its machines produce, else they are switched off. */
export interface Opening {
  fromMs: number;
  toMs: number;
}

/** Pieces that came out of a machine at an instant. */
export interface PiecesTruth {
  unit: string;
  atMs: number;
  good: number;
  scrap: number;
}

/** A machine was set up for the next product. */
export interface SetUpTruth {
  unit: string;
  atMs: number;
  product: string;
}

/**
 * The life of a plant as samples, each at the very instant of its change: as fast as it can be lived
 * through, for a feed, and with it what really happened.
 */
export interface PlantHistory {
  readonly signals: readonly FeedSignal[];
  /** What has changed since the last call up to `untilMs`, in order of time. */
  advance(untilMs: number): FeedSample[];
  readonly pieces: readonly PiecesTruth[];
  readonly setUps: readonly SetUpTruth[];
  truth(): PlantTruth;
}

export interface HistoryOptions {
  design: PlantDesign;
  enterprise: string;
  site: string;
  seed: number;
  originMs: number;
  openings: readonly Opening[];
  /** Ideal pieces a minute of a unit, by its whole id. */
  idealRates: Readonly<Record<string, number>>;
}

const signalNames = ["state", "stop-code", "good-count", "scrap-count"] as const;
type SignalName = (typeof signalNames)[number];

export function plantHistory(options: HistoryOptions): PlantHistory {
  const { design, seed, originMs, openings } = options;
  const signals: FeedSignal[] = [];
  const places = new Map<string, number>();
  for (const line of design.lines) {
    line.machines.forEach((machine, position) => {
      for (const name of signalNames) {
        places.set(`${unitId(line.id, machine.id)}/${name}`, signals.length);
        const definition = definitionOf(options, line, machine, position, name);
        signals.push({ definition, datatype: 7 });
      }
    });
  }

  let samples: FeedSample[] = [];
  const pieces: PiecesTruth[] = [];
  const setUps: SetUpTruth[] = [];
  const recorder = new TruthRecorder();
  const tell = (unit: string, name: SignalName, atMs: number, value: number): void => {
    samples.push({ signal: places.get(`${unit}/${name}`) ?? 0, atMs, value });
  };
  const tellState = (unit: string, machine: Machine, atMs: number): void => {
    tell(unit, "state", atMs, packmlStates.indexOf(machine.state) + 1);
    tell(unit, "stop-code", atMs, machine.stopCode);
  };
  const observer: LineObserver = {
    stateChanged(line, machineDesign, machine, atMs) {
      recorder.stateChanged(line, machineDesign, machine, atMs);
      tellState(unitId(line.id, machineDesign.id), machine, atMs);
    },
    counterReset(line, machineDesign, signal, atMs) {
      recorder.counterReset(line, machineDesign, signal, atMs);
      const unit = unitId(line.id, machineDesign.id);
      tell(unit, signal === "goodCount" ? "good-count" : "scrap-count", atMs, 0);
      if (signal !== "goodCount") return;
      const { setUp } = plant.machine(line.id, machineDesign.id);
      const product = line.batches[setUp % line.batches.length] ?? "";
      setUps.push({ unit, atMs, product });
    },
    pieces(line, machineDesign, good, scrap, atMs) {
      const unit = unitId(line.id, machineDesign.id);
      pieces.push({ unit, atMs, good, scrap });
      const machine = plant.machine(line.id, machineDesign.id);
      if (good > 0) tell(unit, "good-count", atMs, machine.good.shown);
      if (scrap > 0) tell(unit, "scrap-count", atMs, machine.scrap.shown);
    },
  };
  const plant = new Plant(design, newPlantState(design, seed, originMs), observer);
  recorder.begin(plant);
  for (const { design: line, state } of plant.lines.values()) {
    state.machines.forEach((machine, index) => {
      const unit = unitId(line.id, line.machines[index]?.id ?? "");
      tellState(unit, machine, originMs);
      tell(unit, "good-count", originMs, machine.good.shown);
      tell(unit, "scrap-count", originMs, machine.scrap.shown);
    });
  }

  return {
    signals,
    pieces,
    setUps,
    advance(untilMs) {
      for (const { atMs, act } of switchings(openings)) {
        if (atMs < plant.state.nowMs || atMs > untilMs) continue;
        plant.advance(atMs);
        if (act === "open" && plant.isShut()) plant.begin();
        if (act === "shut" && !plant.isShut()) plant.shut();
      }
      plant.advance(untilMs);
      const made = samples.sort((a, b) => a.atMs - b.atMs);
      samples = [];
      return made;
    },
    truth: () => recorder.truth(plant),
  };
}

function switchings(openings: readonly Opening[]): { atMs: number; act: "open" | "shut" }[] {
  return openings.flatMap(({ fromMs, toMs }) => [
    { atMs: fromMs, act: "open" as const },
    { atMs: toMs, act: "shut" as const },
  ]);
}

function definitionOf(
  { enterprise, site, idealRates }: HistoryOptions,
  line: LineDesign,
  machine: MachineDesign,
  position: number,
  name: SignalName,
): SignalDefinition {
  const isParallel = line.flow === "parallel";
  const idealRatePerMinute = idealRates[unitId(line.id, machine.id)];
  const rest = {
    line: { id: line.id, name: titleOf(line.id), enterprise, site, area: areaOf(line.id) },
    unit: {
      id: machine.id,
      name: titleOf(machine.id),
      position: isParallel ? 0 : position,
      pacesLine: isParallel || position === 0,
      outputOfLine: isParallel || position === line.machines.length - 1,
      ...(idealRatePerMinute !== undefined && { idealRatePerMinute }),
    },
    name,
    periodMs: 1000,
    heartbeatMs: 86_400_000,
  };
  switch (name) {
    case "state": {
      const states = Object.fromEntries(
        packmlStates.map((state, index) => [String(index + 1), state]),
      );
      return { ...rest, role: "machineState", states };
    }
    case "stop-code":
      return { ...rest, role: "stopCode" };
    case "good-count":
    case "scrap-count": {
      const role = name === "good-count" ? "goodCount" : "scrapCount";
      return { ...rest, role, counterBits: machine.counterBits, maxRatePerSecond: 4 };
    }
  }
}

function titleOf(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function areaOf(line: string): string {
  return line.replace(/-\d+$/, "");
}
