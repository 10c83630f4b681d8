import type { PlantNode } from "@only-mes/protocols/plant/plant-nodes";
import type { Transaction } from "./statement.ts";

/** Writes equipment and where it lay, each node before its children; what was kept of it is replaced. */
export async function putEquipment(tx: Transaction, nodes: readonly PlantNode[]): Promise<void> {
  await tx.query(
    `INSERT INTO equipment (id, level, name, zone, attributes, settings, source, retired_at)
     SELECT id, level, name, zone, attributes::jsonb, settings::jsonb, source, retired_at
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                   $8::timestamptz[])
         AS n(id, level, name, zone, attributes, settings, source, retired_at)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone,
       attributes = excluded.attributes, settings = excluded.settings, source = excluded.source,
       retired_at = excluded.retired_at, version = equipment.version + 1`,
    [
      nodes.map(({ id }) => id),
      nodes.map(({ level }) => level),
      nodes.map(({ name }) => name),
      nodes.map(({ zone }) => zone),
      nodes.map(({ attributes }) => JSON.stringify(attributes)),
      nodes.map(({ settings }) => JSON.stringify(settings)),
      nodes.map(({ provisional }) => (provisional ? "birth" : "model")),
      nodes.map(({ retiredAtMs }) => dateOf(retiredAtMs)),
    ],
  );
  await tx.query(
    `DELETE FROM equipment_parent
      WHERE child IN (SELECT key FROM equipment WHERE id = ANY($1))`,
    [nodes.map(({ id }) => id)],
  );
  const places = nodes.flatMap(({ id, places: of }) => of.map((place) => ({ id, ...place })));
  await tx.query(
    `INSERT INTO equipment_parent (child, parent, valid_from, valid_to)
     SELECT c.key, p.key, n.valid_from, n.valid_to
       FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
         AS n(child, parent, valid_from, valid_to)
       JOIN equipment c ON c.id = n.child
       JOIN equipment p ON p.id = n.parent`,
    [
      places.map(({ id }) => id),
      places.map(({ parent }) => parent),
      places.map(({ fromMs }) => dateOf(fromMs)),
      places.map(({ toMs }) => dateOf(toMs)),
    ],
  );
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
