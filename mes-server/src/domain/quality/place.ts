import { lineOfUnit } from "@only-mes/protocols/plant/signal";

/** The line of a unit's id, or of a line's own. */
export function lineOfEquipment(equipment: string): string {
  return equipment.includes(".") ? lineOfUnit(equipment) : equipment;
}
