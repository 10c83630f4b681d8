import { signalDefinition, signalId, unitId } from "@only-mes/protocols/plant/signal";
import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import type { Pool } from "pg";
import type { BoundSignal, CountChange } from "../src/commit/committed.ts";
import { learnEquipment } from "../src/store/learnEquipment.ts";
import { transaction } from "../src/store/transaction.ts";

/** A small plant of two lines for tests of the reading side: definitions as births would bring them. */
const lines = {
  "bottling-1": { name: "Bottling 1", area: "beverages" },
  "stamping-1": { name: "Stamping 1", area: "press-shop" },
} as const;

type LineId = keyof typeof lines;

const units = [
  unit("bottling-1", "filler", { pacesLine: true, idealRatePerMinute: 240 }),
  unit("bottling-1", "packer", { outputOfLine: true }),
  unit("stamping-1", "press-a", pressed),
  unit("stamping-1", "press-b", pressed),
];

function pressed() {
  return { pacesLine: true, outputOfLine: true, idealRatePerMinute: 60 };
}

interface UnitFlags {
  pacesLine?: boolean;
  outputOfLine?: boolean;
  idealRatePerMinute?: number;
}

function unit(line: LineId, id: string, flags: UnitFlags | (() => UnitFlags)) {
  return { line, id, flags: typeof flags === "function" ? flags() : flags };
}

const signalsOfUnit = [
  { name: "good-count", role: "goodCount", datatype: 7 },
  { name: "scrap-count", role: "scrapCount", datatype: 7 },
  { name: "state", role: "machineState", datatype: 3 },
  { name: "temperature", role: "analog", datatype: 10, engineeringUnit: "°C" },
  { name: "guard", role: "status", datatype: 11 },
  { name: "product", role: "text", datatype: 12 },
] as const;

export interface PlantRow {
  bound: BoundSignal;
  datatype: number;
}

export const plantRows: PlantRow[] = units.flatMap(({ line, id, flags }, index) =>
  signalsOfUnit.map(({ datatype, ...signal }, place) => {
    const definition = signalDefinition.parse({
      line: { id: line, ...lines[line], enterprise: "northwind", site: "lakeside" },
      unit: { id, name: id.replace("-", " "), position: index % 2, ...flags },
      periodMs: 1_000,
      heartbeatMs: 10_000,
      ...signal,
    });
    return {
      datatype,
      bound: {
        key: index * signalsOfUnit.length + place + 1,
        id: signalId(definition),
        source: "lakeside/hall-1",
        device: line === "bottling-1" ? "bottling-plc" : id,
        metric: `${id}/${signal.name}`,
        definition,
      },
    };
  }),
);

export const boundSignals: BoundSignal[] = plantRows.map(({ bound }) => bound);

/** Master data as a birth leaves it. */
export async function givePlant(pool: Pool): Promise<void> {
  const definitions = boundSignals.map(({ definition }) => definition);
  await transaction(pool, (tx) => learnEquipment(tx, definitions, 0));
  for (const { bound, datatype } of plantRows) {
    const { line, unit } = bound.definition;
    await pool.query(
      "INSERT INTO line (id, name, enterprise, site, area) VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING",
      [line.id, line.name, line.enterprise, line.site, line.area],
    );
    await pool.query(
      `INSERT INTO unit (id, line, name, position, paces_line, output_of_line, ideal_rate_per_minute)
       VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING`,
      [
        unitId(line.id, unit.id),
        line.id,
        unit.name,
        unit.position,
        unit.pacesLine,
        unit.outputOfLine,
        unit.idealRatePerMinute ?? null,
      ],
    );
    await pool.query(
      `INSERT INTO signal (key, id, unit, source, device, metric, datatype, definition)
       OVERRIDING SYSTEM VALUE VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
      [
        bound.key,
        bound.id,
        unitId(line.id, unit.id),
        bound.source,
        bound.device,
        bound.metric,
        datatype,
        JSON.stringify(bound.definition),
      ],
    );
  }
}

export function keyOf(signal: string): number {
  const found = boundSignals.find((bound) => bound.id === signal);
  if (found === undefined) throw new RangeError(`no signal ${signal}`);
  return found.key;
}

export interface SampleRow {
  signal: string;
  atMs: number;
  value?: number | null;
  text?: string | null;
  quality?: number;
}

export async function giveSamples(pool: Pool, rows: readonly SampleRow[]): Promise<void> {
  await pool.query(
    `INSERT INTO sample (signal, ts, gateway_ts, epoch, sequence, ordinal, quality, value, text)
     SELECT signal, ts, ts, 1, ordinality, 0, quality, value, text
       FROM unnest($1::int[], $2::timestamptz[], $3::int[], $4::float8[], $5::text[])
            WITH ORDINALITY AS row (signal, ts, quality, value, text, ordinality)`,
    [
      rows.map(({ signal }) => keyOf(signal)),
      rows.map(({ atMs }) => new Date(atMs)),
      rows.map(({ quality }) => quality ?? 192),
      rows.map(({ value }) => value ?? null),
      rows.map(({ text }) => text ?? null),
    ],
  );
}

export async function giveCounts(pool: Pool, counts: readonly CountChange[]): Promise<void> {
  await pool.query(
    `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
     SELECT signal, unit, role, ts, 1, ordinality, 0, delta, kind
       FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[])
            WITH ORDINALITY AS row (signal, unit, role, ts, delta, kind, ordinality)`,
    [
      counts.map(({ unit, role }) =>
        keyOf(`${unit}.${role === "goodCount" ? "good-count" : "scrap-count"}`),
      ),
      counts.map(({ unit }) => unit),
      counts.map(({ role }) => role),
      counts.map(({ atMs }) => new Date(atMs)),
      counts.map(({ delta }) => delta),
      counts.map(({ kind }) => kind),
    ],
  );
}

export async function giveStates(
  pool: Pool,
  states: readonly { unit: string; state: MachineState; fromMs: number; toMs: number | null }[],
): Promise<void> {
  await pool.query(
    `INSERT INTO state_interval (unit, from_ts, to_ts, state, known_at)
     SELECT unit, from_ts, to_ts, state, from_ts
       FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[])
            AS row (unit, from_ts, to_ts, state)`,
    [
      states.map(({ unit }) => unit),
      states.map(({ fromMs }) => new Date(fromMs)),
      states.map(({ toMs }) => (toMs === null ? null : new Date(toMs))),
      states.map(({ state }) => state),
    ],
  );
}
