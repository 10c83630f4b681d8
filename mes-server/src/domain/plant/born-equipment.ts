import type { EquipmentLevel } from "@only-mes/protocols/plant/plant-model";
import { unitId, type SignalDefinition } from "@only-mes/protocols/plant/signal";

export interface BornEquipment {
  id: string;
  level: EquipmentLevel;
  name: string;
  parent: string | null;
}

/** The equipment that signals of a birth belong to, each before its children. */
export function bornEquipment(definitions: readonly SignalDefinition[]): BornEquipment[] {
  const found = new Map<string, BornEquipment>();
  const put = (equipment: BornEquipment): void => {
    if (!found.has(equipment.id)) found.set(equipment.id, equipment);
  };
  for (const { line } of definitions) {
    put({ id: line.enterprise, level: "enterprise", name: line.enterprise, parent: null });
  }
  for (const { line } of definitions) {
    const id = siteId(line);
    put({ id, level: "site", name: line.site, parent: line.enterprise });
  }
  for (const { line } of definitions) {
    put({ id: areaId(line), level: "area", name: line.area, parent: siteId(line) });
  }
  for (const { line } of definitions) {
    put({ id: line.id, level: "line", name: line.name, parent: areaId(line) });
  }
  for (const { line, unit } of definitions) {
    put({ id: unitId(line.id, unit.id), level: "unit", name: unit.name, parent: line.id });
  }
  return [...found.values()];
}

type Place = Pick<SignalDefinition["line"], "enterprise" | "site" | "area">;

function siteId({ enterprise, site }: Place): string {
  return `${enterprise}/${site}`;
}

function areaId(place: Place): string {
  return `${siteId(place)}/${place.area}`;
}
