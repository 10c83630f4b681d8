import { unitId, type SignalDefinition } from "@only-mes/protocols/plant/signal";
import type { StateClaim } from "../store/loadSignals.ts";
import type { BirthRefusal } from "./readBirth.ts";

/** Which machineState signal makes the state of each unit: one, or intervals would overlap. */
export interface UnitStates {
  /** Ids of those of a device's signals that make a state, and the ones that would be a second. */
  claim(
    device: string,
    signals: readonly ClaimingSignal[],
  ): { owning: ReadonlySet<string>; refusals: BirthRefusal[] };
  /** An engineer has changed what these are; answers whether each makes the state of its unit. */
  rebound(signal: ClaimingSignal & { source: string; device: string }): boolean;
}

interface ClaimingSignal {
  id: string;
  metric: string;
  definition: SignalDefinition;
  stateClaim: StateClaim;
}

export function unitStates(): UnitStates {
  const owners = new Map<string, { id: string; device: string }>();
  return {
    claim(device, signals) {
      const born = new Set(signals.map(({ id }) => id));
      for (const [unit, owner] of owners) {
        if (owner.device === device && !born.has(owner.id)) owners.delete(unit);
      }
      const owning = new Set<string>();
      const refusals: BirthRefusal[] = [];
      for (const { id, metric, definition, stateClaim } of signals) {
        if (definition.role !== "machineState") continue;
        const unit = unitOf(definition);
        const owner = owners.get(unit);
        const mayOwn = owner === undefined || owner.id === id || stateClaim === "bound";
        if (mayOwn && stateClaim !== "yields") {
          owners.set(unit, { id, device });
          owning.add(id);
          continue;
        }
        const by = owner === undefined ? "a signal that was bound to it" : owner.id;
        refusals.push({
          reason: "machine-state-twice",
          metric,
          detail: `the state of ${unit} is made by ${by}; this one is kept as a plain value`,
        });
      }
      return { owning, refusals };
    },
    rebound({ id, source, device, definition, stateClaim }) {
      for (const [unit, owner] of owners) if (owner.id === id) owners.delete(unit);
      if (definition.role !== "machineState" || stateClaim === "yields") return false;
      const unit = unitOf(definition);
      if (owners.has(unit) && stateClaim !== "bound") return false;
      owners.set(unit, { id, device: `${source}/${device}` });
      return true;
    },
  };
}

function unitOf({ line, unit }: SignalDefinition): string {
  return unitId(line.id, unit.id);
}
