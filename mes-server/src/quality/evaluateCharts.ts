import type { DomainEvent } from "@only-mes/protocols/events/domain-event";
import { phasesOf, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { ruleText } from "../domain/quality/rule-text.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { replaceSpcSignals, type SpcSignalRow } from "../store/replaceSpcSignals.ts";
import type { Transaction } from "../store/statement.ts";
import { readPhaseChart } from "./readPhaseChart.ts";

/** Points of one evaluation; a chart with more of them in its newest phase is evaluated that far. */
const pointsMax = 100_000;

/**
 * The signals of a characteristic from the instant on at which something of it has changed, derived again.
 * What begins and what is withdrawn goes out as events. The caller holds the characteristic's lock.
 */
export async function evaluateCharts(
  tx: Transaction,
  versions: readonly CharacteristicVersion[],
  changedFromMs: number,
): Promise<SpcSignalRow[]> {
  const characteristic = versions[0]?.id;
  if (characteristic === undefined) return [];
  let fromMs = changedFromMs;
  const wanted: SpcSignalRow[] = [];
  for (const phase of phasesOf(versions)) {
    if (phase.toMs !== null && phase.toMs <= changedFromMs) continue;
    const asked = { versions, phase, toMs: phase.toMs, pointsMax };
    let chart = await readPhaseChart(tx, { ...asked, fromMs: changedFromMs });
    // What changes the baseline changes the limits of every point.
    const isBaseline = phase.definition.limits.from === "baseline";
    if (isBaseline && (chart.baselineEndMs === null || changedFromMs <= chart.baselineEndMs)) {
      fromMs = Math.min(fromMs, phase.fromMs);
      chart = await readPhaseChart(tx, { ...asked, fromMs: phase.fromMs });
    }
    for (const { rule, at, points } of chart.signals) {
      const { id: measurement, atMs, equipment } = at;
      wanted.push({ characteristic, rule, measurement, atMs, equipment, points });
    }
  }
  const { begun, gone } = await replaceSpcSignals(tx, { characteristic, fromMs }, wanted);
  const name = versions.at(-1)?.name ?? characteristic;
  await insertOutboxEvents(tx, [
    ...gone.map((row) => eventOf("quality.signalWithdrawn", name, row)),
    ...begun.map((row) => eventOf(kindOf(row), name, row)),
  ]);
  return begun;
}

function kindOf({ rule }: SpcSignalRow) {
  return rule === "outOfSpec" ? "quality.outOfSpec" : "quality.signal";
}

function eventOf(
  kind: "quality.signal" | "quality.outOfSpec" | "quality.signalWithdrawn",
  name: string,
  row: SpcSignalRow,
): DomainEvent {
  const { characteristic, rule, measurement, points, atMs, equipment } = row;
  return {
    kind,
    equipment,
    atMs,
    data: { characteristic, name, rule, what: ruleText(rule), measurement, points },
  };
}
