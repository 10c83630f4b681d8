import type { LineObserver } from "../plant/line.ts";
import type { Machine } from "../plant/machine.ts";
import type { Plant } from "../plant/plant.ts";
import type { PressView } from "./modbus/lakeside-registers.ts";
import {
  startLakesideServers,
  type LakesidePorts,
  type LakesideServers,
} from "./lakeside-servers.ts";
import {
  bottlingStateCode,
  bottlingUnits,
  measuredNodes,
  nodeIdOf,
} from "./opcua/bottling-nodes.ts";
import type { NodeValue, OpcuaPlc } from "./opcua/server.ts";

/** The PLCs of the lakeside plant, showing what the plant does. */
export interface LakesidePlcs extends LakesideServers {
  /** Sets the OPC UA values that have changed, each with the time of its change. */
  show(): void;
  /** Sets states at the moment they change, so that none is passed over. */
  readonly observer: LineObserver;
}

export interface LakesidePlcOptions extends LakesidePorts {
  plant: Plant;
  /** Brings the plant to now, before a value is read. */
  advance: () => void;
  stateDir: string;
}

const bottling = "bottling-1";
const stamping = "stamping-1";

export async function startLakesidePlcs(options: LakesidePlcOptions): Promise<LakesidePlcs> {
  const { plant, advance } = options;
  const servers = await startLakesideServers({
    ...options,
    press(unit) {
      advance();
      return pressView(plant, unit);
    },
    meter() {
      advance();
      return plant.state.meter;
    },
  });
  return {
    ...servers,
    show: bottlingValues(plant, servers.opcua),
    observer: {
      stateChanged({ id }, design, machine) {
        if (id === bottling) showState(servers.opcua, design.id, machine);
      },
    },
  };
}

function pressView(plant: Plant, unit: string): PressView {
  const machine = plant.machine(stamping, unit);
  const dies = plant.lines.get(stamping)?.design.batches ?? [];
  const { state } = machine;
  return {
    goodCount: machine.good.shown,
    scrapCount: machine.scrap.shown,
    state,
    stopCode: machine.stopCode,
    stateChangedAtMs: machine.stateSinceMs,
    strokes: machine.cycles % 2 ** 32,
    tonnage: plant.processValue(stamping, unit, "Tonnage").shown,
    oilTemperature: plant.processValue(stamping, unit, "OilTemperature").shown,
    guardClosed: state !== "Held" && state !== "Aborted" && state !== "Stopped",
    lubricationOk: state !== "Aborted",
    die: batchName(dies, machine),
  };
}

function showState(opcua: OpcuaPlc, unit: string, machine: Machine): void {
  const { state, stateSinceMs, stopCode, stopCodeSinceMs } = machine;
  opcua.set(nodeIdOf(unit, "State"), bottlingStateCode(state), stateSinceMs);
  opcua.set(nodeIdOf(unit, "StopCode"), stopCode, stopCodeSinceMs);
}

/** Answers what sets all values that have changed since it was called last. */
function bottlingValues(plant: Plant, opcua: OpcuaPlc): () => void {
  const shownAtMs = new Map<string, number>();
  const set = (unit: string, name: string, value: NodeValue, changedAtMs: number) => {
    const nodeId = nodeIdOf(unit, name);
    if (shownAtMs.get(nodeId) === changedAtMs) return;
    shownAtMs.set(nodeId, changedAtMs);
    opcua.set(nodeId, value, changedAtMs);
  };
  const batches = plant.lines.get(bottling)?.design.batches ?? [];
  const machines = bottlingUnits.map((unit) => ({ unit, machine: plant.machine(bottling, unit) }));
  const values = measuredNodes.map(({ unit, name }) => ({
    unit,
    name,
    value: plant.processValue(bottling, unit, name),
  }));
  for (const { unit, machine } of machines) showState(opcua, unit, machine);
  const show = () => {
    for (const { unit, machine } of machines) {
      set(unit, "GoodCount", machine.good.shown, machine.good.changedAtMs);
      set(unit, "ScrapCount", machine.scrap.shown, machine.scrap.changedAtMs);
      set(unit, "Product", batchName(batches, machine), machine.setUpAtMs);
    }
    for (const { unit, name, value } of values) set(unit, name, value.shown, value.changedAtMs);
  };
  show();
  return show;
}

function batchName(batches: readonly string[], { setUp }: Machine): string {
  return batches[setUp % batches.length] ?? "";
}
