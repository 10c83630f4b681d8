import {
  signalId,
  unitId,
  type LineDefinition,
  type SignalDefinition,
} from "@only-mes/protocols/plant/signal";
import { learnEquipment } from "./learnEquipment.ts";
import { placeLines } from "./placeLines.ts";
import { placeUnits } from "./placeUnits.ts";
import { settleDefinitions, type SettledSignal } from "./settleDefinitions.ts";
import type { Transaction } from "./statement.ts";

interface BornMetric {
  name: string;
  datatype: number;
  definition: SignalDefinition;
}

export interface SavedBirth {
  source: string;
  device: string;
  metrics: readonly BornMetric[];
  /** Plant time: a line that births move to another area lies there from now on. */
  atMs: number;
}

/**
 * Writes what a birth tells of equipment and signals; answers what holds of each signal, by its id:
 * an engineer's binding and plant model stand above the birth.
 */
export async function saveBirth(
  tx: Transaction,
  birth: SavedBirth,
): Promise<Map<string, SettledSignal>> {
  const definitions = birth.metrics.map(({ definition }) => definition);
  await learnEquipment(tx, definitions, birth.atMs);
  await saveLines(
    tx,
    uniqueBy(
      definitions.map(({ line }) => line),
      ({ id }) => id,
    ),
  );
  await saveUnits(
    tx,
    uniqueBy(definitions, ({ line, unit }) => unitId(line.id, unit.id)),
  );
  const keys = await saveSignals(tx, birth);
  const settled = await settleDefinitions(tx, keys);
  return new Map(settled.map((signal) => [signal.id, signal]));
}

async function saveLines(tx: Transaction, lines: readonly LineDefinition[]): Promise<void> {
  const ids = lines.map(({ id }) => id);
  await tx.query(
    `INSERT INTO line (id, name, enterprise, site, area)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT (id) DO NOTHING`,
    [
      ids,
      lines.map(({ name }) => name),
      lines.map(({ enterprise }) => enterprise),
      lines.map(({ site }) => site),
      lines.map(({ area }) => area),
    ],
  );
  await placeLines(tx, ids);
  await tx.query("INSERT INTO line_fold (line) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [
    ids,
  ]);
}

async function saveUnits(tx: Transaction, of: readonly SignalDefinition[]): Promise<void> {
  const ids = of.map(({ line, unit }) => unitId(line.id, unit.id));
  await tx.query(
    `INSERT INTO unit (id, line, name, position, paces_line, output_of_line, born)
     SELECT b.id, b.line, b.born ->> 'name', 0, false, false, b.born
       FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS b(id, line, born)
     ON CONFLICT (id) DO UPDATE SET born = excluded.born
       WHERE unit.born IS DISTINCT FROM excluded.born`,
    [ids, of.map(({ line }) => line.id), of.map(({ unit }) => JSON.stringify(unit))],
  );
  await placeUnits(tx, ids);
}

async function saveSignals(
  tx: Transaction,
  { source, device, metrics }: SavedBirth,
): Promise<number[]> {
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO signal (id, unit, source, device, metric, datatype, definition, born)
     SELECT id, unit, $3, $4, metric, datatype, definition::jsonb, definition::jsonb
       FROM unnest($1::text[], $2::text[], $5::text[], $6::smallint[], $7::text[])
         AS m(id, unit, metric, datatype, definition)
     ON CONFLICT (id) DO UPDATE SET source = excluded.source, device = excluded.device,
       metric = excluded.metric, datatype = excluded.datatype, born = excluded.born
     RETURNING key`,
    [
      metrics.map(({ definition }) => signalId(definition)),
      metrics.map(({ definition: { line, unit } }) => unitId(line.id, unit.id)),
      source,
      device,
      metrics.map(({ name }) => name),
      metrics.map(({ datatype }) => datatype),
      metrics.map(({ definition }) => JSON.stringify(definition)),
    ],
  );
  return rows.map(({ key }) => key);
}

function uniqueBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
