import type { EquipmentParent } from "../store/readEquipmentParents.ts";

/** Where equipment lies: ids from the top down, its own last. */
export interface EquipmentPaths {
  /** Equipment that is not known lies under nothing. */
  of(equipment: string): readonly string[];
}

const depthMax = 8;

export function equipmentPaths(parents: readonly EquipmentParent[]): EquipmentPaths {
  const parentOf = new Map(parents.map(({ id, parent }) => [id, parent]));
  return {
    of(equipment) {
      const path: string[] = [];
      let next: string | null = equipment;
      while (next !== null && path.length < depthMax) {
        path.unshift(next);
        next = parentOf.get(next) ?? null;
      }
      return path;
    },
  };
}

/** What equipment is called in a topic: the last part of its id, whatever it lies under. */
export function levelName(id: string): string {
  return id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf(".")) + 1);
}
