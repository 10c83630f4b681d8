import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { unitId, type UnitDefinition } from "@only-mes/protocols/plant/signal";
import type { UnitPicture } from "@only-mes/protocols/console/live";
import type { CountChange, StateChange } from "../commit/committed.ts";
import type { ShiftInstance } from "../domain/calendar/shifts.ts";
import type { LineBook } from "./line-book.ts";

/** Pieces of this shift. */
export type LoadedCounts = Record<CountChange["role"], number>;

/** One unit: its state, its pieces of this shift, and how many of its signals are fresh. */
export class UnitBook {
  readonly id: string;
  readonly line: LineBook;
  definition: UnitDefinition;
  state: MachineState = "Unknown";
  stateSinceMs: number;
  /** False until a state is known: it then is shown as unknown since the unit itself is known. */
  isObserved = false;
  good = 0;
  scrap = 0;
  freshSignals = 0;

  constructor(definition: UnitDefinition, line: LineBook, knownSinceMs: number) {
    this.id = unitId(line.id, definition.id);
    this.definition = definition;
    this.line = line;
    this.stateSinceMs = knownSinceMs;
  }

  get stale(): boolean {
    return this.freshSignals === 0;
  }

  change({ state, fromMs }: StateChange): void {
    this.isObserved = true;
    this.state = state;
    this.stateSinceMs = fromMs;
  }

  /** True if it belongs to this shift. */
  count({ role, atMs, delta }: CountChange, shift: ShiftInstance): boolean {
    if (atMs < shift.startMs || atMs >= shift.endMs) return false;
    if (role === "goodCount") this.good += delta;
    else if (role === "scrapCount") this.scrap += delta;
    return true;
  }

  picture(): UnitPicture {
    return {
      id: this.id,
      name: this.definition.name,
      position: this.definition.position,
      state: this.state,
      stateSinceMs: this.stateSinceMs,
      good: this.good,
      scrap: this.scrap,
      stale: this.stale,
    };
  }
}
