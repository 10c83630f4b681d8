import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { qualityGood } from "@only-mes/protocols/plant/signal";
import type { CounterRule } from "../domain/production/counterFold.ts";
import type { UnitState } from "../domain/production/stateFold.ts";
import type { FoldSeed, LaneSignal } from "../pipeline/laneTask.ts";
import { countOf } from "../pipeline/readMessage.ts";
import type { Transaction } from "./statement.ts";

/**
 * Where the folds of signals stand, from the committed rows alone: nothing else is kept of them.
 * With `beforeMs`, where they stood before the first sample of that source time or a later one.
 */
export async function loadFoldSeeds(
  tx: Transaction,
  signals: readonly LaneSignal[],
  beforeMs?: number,
): Promise<FoldSeed[]> {
  const seeds = new Map<number, FoldSeed>(signals.map(({ key }) => [key, { key }]));
  const before = beforeMs === undefined ? "infinity" : new Date(beforeMs);
  await addLast(tx, seeds, before);
  await addCounters(tx, seeds, signals, before);
  await addUnits(tx, seeds, signals, before);
  return [...seeds.values()];
}

const foldOrderDescending = "ts DESC, epoch DESC, sequence DESC, ordinal DESC";

async function addLast(
  tx: Transaction,
  seeds: Map<number, FoldSeed>,
  before: Date | string,
): Promise<void> {
  const { rows } = await tx.query<{
    key: number;
    ts: Date;
    epoch: string;
    sequence: string;
    ordinal: number;
  }>(
    `SELECT k.key, l.* FROM unnest($1::int[]) AS k(key)
      CROSS JOIN LATERAL (
        SELECT ts, epoch, sequence, ordinal FROM sample
         WHERE signal = k.key AND ts < $2::timestamptz
         ORDER BY ${foldOrderDescending} LIMIT 1) l`,
    [[...seeds.keys()], before],
  );
  for (const { key, ts, epoch, sequence, ordinal } of rows) {
    const seed = seeds.get(key);
    if (seed === undefined) continue;
    seed.last = {
      tsMs: ts.getTime(),
      epoch: Number(epoch),
      sequence: Number(sequence),
      ordinal,
    };
  }
}

/** The last believed reading, and the last one: if it is another, it is in quarantine. */
async function addCounters(
  tx: Transaction,
  seeds: Map<number, FoldSeed>,
  signals: readonly LaneSignal[],
  before: Date | string,
): Promise<void> {
  const counters = signals.filter(({ counter }) => counter !== undefined);
  if (counters.length === 0) return;
  const { rows } = await tx.query<{
    key: number;
    accepted_ts: Date;
    accepted_value: number;
    accepted_text: string | null;
    newest_ts: Date;
    newest_value: number;
    newest_text: string | null;
    same: boolean;
  }>(
    `SELECT k.key, a.ts AS accepted_ts, a.value AS accepted_value, a.text AS accepted_text,
            n.ts AS newest_ts, n.value AS newest_value, n.text AS newest_text,
            (a.ts, a.epoch, a.sequence, a.ordinal) = (n.ts, n.epoch, n.sequence, n.ordinal) AS same
       FROM unnest($1::int[], $2::text[]) AS k(key, unit)
      CROSS JOIN LATERAL (
        SELECT ts, epoch, sequence, ordinal, value, text FROM sample
         WHERE signal = k.key AND ts < $3::timestamptz AND quality = ${qualityGood}
         ORDER BY ${foldOrderDescending} LIMIT 1) n
      CROSS JOIN LATERAL (
        SELECT ts, epoch, sequence, ordinal, value, text FROM sample s
         WHERE signal = k.key AND ts < $3::timestamptz AND quality = ${qualityGood}
           AND NOT EXISTS (
             SELECT FROM count_event e
              WHERE e.unit = k.unit AND e.signal = k.key AND e.kind = 'quarantined' AND e.ts = s.ts
                AND (e.epoch, e.sequence, e.ordinal) = (s.epoch, s.sequence, s.ordinal))
         ORDER BY ${foldOrderDescending} LIMIT 1) a`,
    [counters.map(({ key }) => key), counters.map(({ unit }) => unit), before],
  );
  const rules = new Map(counters.map(({ key, counter }) => [key, counter]));
  for (const row of rows) {
    const seed = seeds.get(row.key);
    const rule = rules.get(row.key);
    if (seed === undefined || rule === undefined) continue;
    const accepted = reading(row.accepted_value, row.accepted_text, row.accepted_ts, rule);
    const newest = reading(row.newest_value, row.newest_text, row.newest_ts, rule);
    if (accepted === undefined) continue;
    seed.counter = { accepted, ...(!row.same && newest && { candidate: newest }) };
  }
}

function reading(
  value: number,
  text: string | null,
  ts: Date,
  { bits }: CounterRule,
): { value: number | bigint; atMs: number } | undefined {
  const count = countOf({ value, text }, bits);
  return count === undefined ? undefined : { value: count, atMs: ts.getTime() };
}

async function addUnits(
  tx: Transaction,
  seeds: Map<number, FoldSeed>,
  signals: readonly LaneSignal[],
  before: Date | string,
): Promise<void> {
  const stateful = signals.filter(({ states }) => states !== undefined);
  if (stateful.length === 0) return;
  const { rows } = await tx.query<{ key: number; state: MachineState; from_ts: Date }>(
    `SELECT k.key, i.* FROM unnest($1::int[], $2::text[]) AS k(key, unit)
      CROSS JOIN LATERAL (
        SELECT state, from_ts FROM state_interval
         WHERE unit = k.unit AND from_ts < $3::timestamptz
         ORDER BY from_ts DESC LIMIT 2) i
      ORDER BY i.from_ts DESC`,
    [stateful.map(({ key }) => key), stateful.map(({ unit }) => unit), before],
  );
  for (const { key, state, from_ts } of rows) {
    const seed = seeds.get(key);
    if (seed === undefined) continue;
    const span = { state, sinceMs: from_ts.getTime() };
    if (seed.unit === undefined) seed.unit = span satisfies UnitState;
    else seed.unit.before ??= span;
  }
}
