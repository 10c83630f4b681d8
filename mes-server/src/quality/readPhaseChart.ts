import {
  versionAt,
  type CharacteristicVersion,
  type Phase,
} from "../domain/quality/characteristic.ts";
import {
  chartReach,
  controlChart,
  type ChartPoint,
  type ChartRule,
} from "../domain/quality/control-chart.ts";
import { processLevel, type ProcessLevel } from "../domain/quality/control-limits.ts";
import {
  readLastMeasurements,
  readMeasurements,
  type MeasurementRow,
} from "../store/readMeasurements.ts";
import type { Transaction } from "../store/statement.ts";

export interface PhaseChart {
  level: ProcessLevel | undefined;
  /** Time of the last subgroup of the baseline; null if limits are fixed, or it is not full yet. */
  baselineEndMs: number | null;
  points: (ChartPoint & { subgroup: MeasurementRow })[];
  signals: { rule: ChartRule; at: MeasurementRow; points: string[] }[];
}

/**
 * The chart of a phase in a range, as if all of the phase had been read: what lies before the range is read
 * as far as it bears on the range.
 *
 * @param pointsMax of the range; one more is read, so that the asker sees that there are more
 */
export async function readPhaseChart(
  db: Transaction,
  asked: {
    versions: readonly CharacteristicVersion[];
    phase: Phase;
    fromMs: number;
    toMs: number | null;
    pointsMax: number;
  },
): Promise<PhaseChart> {
  const { versions, phase, pointsMax } = asked;
  const { definition } = phase;
  const { id: characteristic } = definition;
  const fromMs = Math.max(asked.fromMs, phase.fromMs);
  const toMs = earlier(asked.toMs, phase.toMs);
  const baseline = await readBaseline(db, phase);
  const level = processLevel(definition, baseline);
  const before = await readLastMeasurements(db, {
    characteristic,
    fromMs: phase.fromMs,
    toMs: fromMs,
    limit: chartReach(definition),
  });
  const inside = await readMeasurements(db, { characteristic, fromMs, toMs, limit: pointsMax + 1 });
  const rows = [...before, ...inside];
  const chart = controlChart(
    definition,
    level,
    rows,
    (atMs) => versionAt(versions, atMs) ?? definition,
  );
  const isFixed = definition.limits.from === "fixed";
  return {
    level,
    baselineEndMs: isFixed || level === undefined ? null : (baseline.at(-1)?.atMs ?? null),
    points: chart.points.slice(before.length).flatMap((point, index) => {
      const subgroup = inside[index];
      return subgroup === undefined ? [] : [{ ...point, subgroup }];
    }),
    signals: chart.signals.flatMap(({ rule, index, fromIndex }) => {
      const at = rows[index];
      if (at === undefined || index < before.length) return [];
      return [{ rule, at, points: rows.slice(fromIndex, index + 1).map(({ id }) => id) }];
    }),
  };
}

/** The subgroups that limits are computed from, and no more; all there are while they are too few. */
async function readBaseline(db: Transaction, { definition, fromMs, toMs }: Phase) {
  const { limits, id: characteristic } = definition;
  if (limits.from === "fixed") return [];
  const limit = limits.subgroups + 20;
  const rows: MeasurementRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last && { atMs: last.atMs, id: last.id };
    const page = await readMeasurements(db, { characteristic, fromMs, toMs, after, limit });
    for (const row of page) {
      rows.push(row);
      if (rows.filter(({ values }) => values !== null).length === limits.subgroups) return rows;
    }
    if (page.length < limit) return rows;
  }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
