import type { EquipmentLevel, UnitSettings } from "@only-mes/protocols/plant/plant-model";
import { settingsOf, type PlantNode } from "@only-mes/protocols/plant/plant-nodes";
import type { Pool } from "pg";
import type { Transaction } from "./statement.ts";

export interface KeptNode extends PlantNode {
  version: number;
}

/** The whole plant model by id, each node before its children. */
export async function readPlantNodes(
  db: Pick<Pool, "query"> | Transaction,
): Promise<Map<string, KeptNode>> {
  const { rows } = await db.query<{
    id: string;
    level: EquipmentLevel;
    name: string;
    zone: string | null;
    attributes: Record<string, string>;
    settings: UnitSettings;
    provisional: boolean;
    retired_at: Date | null;
    version: number;
    places: [parent: string, fromMs: number | null, toMs: number | null][] | null;
  }>(
    `SELECT e.id, e.level, e.name, e.zone, e.attributes, e.settings, e.source = 'birth' AS provisional,
            e.retired_at, e.version,
            (SELECT json_agg(json_build_array(p.id, (extract(epoch FROM ep.valid_from) * 1000)::bigint,
                      (extract(epoch FROM ep.valid_to) * 1000)::bigint)
                      ORDER BY ep.valid_from NULLS FIRST)
               FROM equipment_parent ep JOIN equipment p ON p.key = ep.parent WHERE ep.child = e.key)
              AS places
       FROM equipment e
      ORDER BY array_position(ARRAY['enterprise', 'site', 'area', 'line', 'cell', 'unit'], e.level),
               e.id COLLATE "C"`,
  );
  return new Map(
    rows.map(({ retired_at, places, settings, ...row }) => [
      row.id,
      {
        ...row,
        settings: settingsOf(settings),
        retiredAtMs: retired_at === null ? null : retired_at.getTime(),
        places: (places ?? []).map(([parent, fromMs, toMs]) => ({ parent, fromMs, toMs })),
      },
    ]),
  );
}
