import { signalId, unitId } from "@only-mes/protocols/plant/signal";
import type { BirthMetric, BirthRefusal } from "./readBirth.ts";

/** Which machineState signal makes the state of each unit: one, or intervals would overlap. */
export interface UnitStates {
  /** Ids of those of a device's metrics that make a state, and the ones that would be a second. */
  claim(
    device: string,
    metrics: readonly BirthMetric[],
  ): { owning: ReadonlySet<string>; refusals: BirthRefusal[] };
}

export function unitStates(): UnitStates {
  const owners = new Map<string, { id: string; device: string }>();
  return {
    claim(device, metrics) {
      const born = new Set(metrics.map(({ definition }) => signalId(definition)));
      for (const [unit, owner] of owners) {
        if (owner.device === device && !born.has(owner.id)) owners.delete(unit);
      }
      const owning = new Set<string>();
      const refusals: BirthRefusal[] = [];
      for (const { name, definition } of metrics) {
        if (definition.role !== "machineState") continue;
        const unit = unitId(definition.line.id, definition.unit.id);
        const id = signalId(definition);
        const owner = owners.get(unit);
        if (owner === undefined || owner.id === id) {
          owners.set(unit, { id, device });
          owning.add(id);
          continue;
        }
        refusals.push({
          reason: "machine-state-twice",
          metric: name,
          detail: `the state of ${unit} is made by ${owner.id}; this one is kept as a plain value`,
        });
      }
      return { owning, refusals };
    },
  };
}
