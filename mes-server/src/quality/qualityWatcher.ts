import { readFedCharacteristics } from "../store/readFedCharacteristics.ts";
import { lockCharacteristics } from "../store/lockCharacteristics.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import type { Transaction } from "../store/statement.ts";
import type { SignalWatcher, WatchState } from "../watch/watcher.ts";
import type { Span } from "../domain/quality/signal-subgroups.ts";
import { evaluateCharts } from "./evaluateCharts.ts";
import { pickFromSignal } from "./pickFromSignal.ts";

export const qualityWatcherName = "quality";

/** Samples of a signal are looked at together, this long after the first of them. */
const gatherMs = 5_000;

/** Samples that were given and are not looked at yet: [first, last] source time, and when they will be. */
interface Gathered extends WatchState {
  fromMs?: number;
  toMs?: number;
  dueMs?: number;
}

/**
 * Picks measurements from the samples of signals. It keeps nothing of them: what was picked wherever a
 * sample bears on it is picked again from all that is stored there, so that no order matters.
 */
export function qualityWatcher(): SignalWatcher {
  return {
    name: qualityWatcherName,
    begin({ tx, nowMs }) {
      const ranges = new Map<number, Span>();
      return {
        async take(signal, state: Gathered, samples) {
          const first = samples[0]?.tsMs ?? state.fromMs;
          const last = samples.at(-1)?.tsMs ?? state.toMs;
          if (first === undefined || last === undefined) return { state: {}, isToKeep: false };
          const fromMs = Math.min(first, state.fromMs ?? first);
          const toMs = Math.max(last, state.toMs ?? last);
          const dueMs = state.dueMs ?? nowMs + gatherMs;
          if (nowMs < dueMs) {
            return { state: { fromMs, toMs, dueMs }, isToKeep: false, dueMs };
          }
          const known = ranges.get(signal);
          ranges.set(signal, {
            fromMs: Math.min(fromMs, known?.fromMs ?? fromMs),
            toMs: Math.max(toMs + 1, known?.toMs ?? 0),
          });
          return { state: {}, isToKeep: true };
        },
        // The samples from there on are given again, and with them what was picked is picked anew.
        rewind: async (_signal, state) => state,
        finish: () => pickAll(tx, ranges),
      };
    },
  };
}

async function pickAll(tx: Transaction, ranges: ReadonlyMap<number, Span>): Promise<void> {
  const fed = await readFedCharacteristics(tx, [...ranges.keys()]);
  const ids = [...new Set(fed.map(({ characteristic }) => characteristic))];
  if (ids.length === 0) return;
  await lockCharacteristics(tx, ids);
  const versionsOf = await readCharacteristicVersions(tx, ids);
  for (const { characteristic, signal } of fed) {
    const versions = versionsOf.get(characteristic);
    const range = ranges.get(signal);
    if (versions === undefined || range === undefined) continue;
    const changedFromMs = await pickFromSignal(tx, versions, range);
    if (changedFromMs !== undefined) await evaluateCharts(tx, versions, changedFromMs);
  }
}
