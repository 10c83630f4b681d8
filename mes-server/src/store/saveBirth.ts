import {
  signalId,
  unitId,
  type LineDefinition,
  type SignalDefinition,
} from "@only-mes/protocols/plant/signal";
import type { Transaction } from "./statement.ts";

export interface BornMetric {
  name: string;
  datatype: number;
  definition: SignalDefinition;
}

/** Writes what a birth tells of lines, units and signals; answers the key of each signal by its id. */
export async function saveBirth(
  tx: Transaction,
  birth: { source: string; device: string; metrics: readonly BornMetric[] },
): Promise<Map<string, number>> {
  const definitions = birth.metrics.map(({ definition }) => definition);
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
  return saveSignals(tx, birth);
}

async function saveLines(tx: Transaction, lines: readonly LineDefinition[]): Promise<void> {
  await tx.query(
    `INSERT INTO line (id, name, enterprise, site, area)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, enterprise = excluded.enterprise,
       site = excluded.site, area = excluded.area`,
    [
      lines.map(({ id }) => id),
      lines.map(({ name }) => name),
      lines.map(({ enterprise }) => enterprise),
      lines.map(({ site }) => site),
      lines.map(({ area }) => area),
    ],
  );
  await tx.query("INSERT INTO line_fold (line) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [
    lines.map(({ id }) => id),
  ]);
}

async function saveUnits(tx: Transaction, of: readonly SignalDefinition[]): Promise<void> {
  await tx.query(
    `INSERT INTO unit (id, line, name, position, paces_line, output_of_line, ideal_rate_per_minute)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::boolean[],
       $6::boolean[], $7::float8[])
     ON CONFLICT (id) DO UPDATE SET line = excluded.line, name = excluded.name,
       position = excluded.position, paces_line = excluded.paces_line,
       output_of_line = excluded.output_of_line,
       ideal_rate_per_minute = excluded.ideal_rate_per_minute`,
    [
      of.map(({ line, unit }) => unitId(line.id, unit.id)),
      of.map(({ line }) => line.id),
      of.map(({ unit }) => unit.name),
      of.map(({ unit }) => unit.position),
      of.map(({ unit }) => unit.pacesLine),
      of.map(({ unit }) => unit.outputOfLine),
      of.map(({ unit }) => unit.idealRatePerMinute ?? null),
    ],
  );
}

async function saveSignals(
  tx: Transaction,
  { source, device, metrics }: { source: string; device: string; metrics: readonly BornMetric[] },
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ id: string; key: number }>(
    `INSERT INTO signal (id, unit, source, device, metric, datatype, definition)
     SELECT id, unit, $3, $4, metric, datatype, definition::jsonb
       FROM unnest($1::text[], $2::text[], $5::text[], $6::smallint[], $7::text[])
         AS m(id, unit, metric, datatype, definition)
     ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, source = excluded.source,
       device = excluded.device, metric = excluded.metric, datatype = excluded.datatype,
       definition = excluded.definition
     RETURNING id, key`,
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
  return new Map(rows.map(({ id, key }) => [id, key]));
}

function uniqueBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
