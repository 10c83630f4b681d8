import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { bornEquipment, type BornEquipment } from "../domain/plant/born-equipment.ts";
import { lockPlantModel } from "./lockPlantModel.ts";
import type { Transaction } from "./statement.ts";

/**
 * Adds the equipment that a birth tells of and nobody knows yet. What only births have told may be told
 * anew by them; what an engineer has set stays.
 */
export async function learnEquipment(
  tx: Transaction,
  definitions: readonly SignalDefinition[],
  bornAtMs: number,
): Promise<void> {
  const born = bornEquipment(definitions);
  if ((await unlike(tx, born)).length === 0) return;
  await lockPlantModel(tx);
  const wanted = await unlike(tx, born);
  await addEquipment(tx, wanted);
  await placeEquipment(tx, wanted, bornAtMs);
}

/** Those that are not there, or are there by a birth that told something else. */
async function unlike(tx: Transaction, born: readonly BornEquipment[]): Promise<BornEquipment[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: "unlikeEquipment",
    text: `SELECT b.id
             FROM unnest($1::text[], $2::text[], $3::text[]) AS b(id, name, parent)
             LEFT JOIN equipment e ON e.id = b.id
             LEFT JOIN LATERAL (
               SELECT p.id FROM equipment_parent ep JOIN equipment p ON p.key = ep.parent
                WHERE ep.child = e.key ORDER BY ep.valid_from DESC NULLS LAST LIMIT 1) parent ON true
            WHERE e.id IS NULL
               OR (e.source = 'birth' AND e.retired_at IS NULL
                   AND (e.level IN ('line', 'unit') AND e.name <> b.name
                        OR e.level = 'line' AND parent.id IS DISTINCT FROM b.parent))`,
    values: [
      born.map(({ id }) => id),
      born.map(({ name }) => name),
      born.map(({ parent }) => parent),
    ],
  });
  const ids = new Set(rows.map(({ id }) => id));
  return born.filter(({ id }) => ids.has(id));
}

async function addEquipment(tx: Transaction, born: readonly BornEquipment[]): Promise<void> {
  await tx.query(
    `INSERT INTO equipment (id, level, name, source)
     SELECT id, level, name, 'birth' FROM unnest($1::text[], $2::text[], $3::text[]) AS b(id, level, name)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = equipment.version + 1
       WHERE equipment.source = 'birth' AND equipment.level = excluded.level`,
    [born.map(({ id }) => id), born.map(({ level }) => level), born.map(({ name }) => name)],
  );
}

/** A first parent holds for as long as anybody knows; a later one from this birth on. */
async function placeEquipment(
  tx: Transaction,
  born: readonly BornEquipment[],
  bornAtMs: number,
): Promise<void> {
  const values = [
    born.map(({ id }) => id),
    born.map(({ level }) => level),
    born.map(({ parent }) => parent),
  ];
  // Another level under the same id is not what this birth tells of.
  const wanted = `SELECT c.key AS child, p.key AS parent
                    FROM unnest($1::text[], $2::text[], $3::text[]) AS b(id, level, parent)
                    JOIN equipment c ON c.id = b.id AND c.level = b.level AND c.source = 'birth'
                    JOIN equipment p ON p.id = b.parent AND p.level = CASE b.level WHEN 'site' THEN 'enterprise'
                         WHEN 'area' THEN 'site' WHEN 'line' THEN 'area' ELSE 'line' END`;
  await tx.query(
    `UPDATE equipment_parent ep SET valid_to = $4 FROM (${wanted}) w
      WHERE ep.child = w.child AND ep.parent <> w.parent AND ep.valid_to IS NULL
        AND (ep.valid_from IS NULL OR ep.valid_from < $4)`,
    [...values, new Date(bornAtMs)],
  );
  await tx.query(
    `INSERT INTO equipment_parent (child, parent, valid_from)
     SELECT w.child, w.parent,
            (SELECT max(ep.valid_to) FROM equipment_parent ep WHERE ep.child = w.child)
       FROM (${wanted}) w
      WHERE NOT EXISTS (SELECT FROM equipment_parent ep WHERE ep.child = w.child AND ep.valid_to IS NULL)`,
    values,
  );
}
