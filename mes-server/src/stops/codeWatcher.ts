import { qualityGood } from "@only-mes/protocols/plant/signal";
import {
  forgetCodeChanges,
  insertCodeChanges,
  readCodeSignals,
  type CodeChange,
} from "../store/deviceCodes.ts";
import { markDirtyHours, type DirtyRange } from "../store/markDirtyHours.ts";
import { codeWatcherName } from "../store/watchDeviceCodes.ts";
import type { SignalWatcher, WatcherTurn, WatchState, WatchTurn } from "../watch/watcher.ts";

/**
 * Keeps the changes of stop codes and modes: what of them explains stops is found without the samples, of
 * which most only say again what was said. Hours whose stops they may explain are derived again.
 */
export function codeWatcher(): SignalWatcher {
  return { name: codeWatcherName, begin: codeTurn };
}

function codeTurn({ tx, nowMs }: WatchTurn): WatcherTurn {
  const changes: CodeChange[] = [];
  /** The earliest time of each signal from which on its codes are others. */
  const changedFromMs = new Map<number, number>();

  const changed = (signal: number, atMs: number): void => {
    changedFromMs.set(signal, Math.min(atMs, changedFromMs.get(signal) ?? Infinity));
  };

  return {
    async take(signal, state, samples) {
      let code = state["code"] as number | null | undefined;
      const before = changes.length;
      for (const { tsMs, quality, value } of samples) {
        const next = quality === qualityGood ? value : null;
        if (next === code) continue;
        code = next;
        changes.push({ signal, tsMs, code });
        changed(signal, tsMs);
      }
      return {
        state: code === undefined ? {} : { code },
        isToKeep: changes.length > before,
      };
    },

    async rewind(signal, _state, fromMs): Promise<WatchState> {
      const mine = changes.filter((change) => change.signal === signal && change.tsMs < fromMs);
      const others = changes.filter((change) => change.signal !== signal);
      await insertCodeChanges(tx, mine);
      changes.splice(0, changes.length, ...others);
      const { before, firstMs } = await forgetCodeChanges(tx, signal, fromMs);
      if (firstMs !== undefined) changed(signal, firstMs);
      return before === undefined ? {} : { code: before };
    },

    async finish() {
      await insertCodeChanges(tx, changes);
      if (changedFromMs.size === 0) return;
      const signals = await readCodeSignals(tx, [...changedFromMs.keys()]);
      const dirty: DirtyRange[] = [];
      for (const [signal, fromMs] of changedFromMs) {
        const of = signals.get(signal);
        if (of === undefined) continue;
        // A stop code explains the stop that has just begun, a mode all that follows.
        const last = changes.findLast((change) => change.signal === signal)?.tsMs ?? nowMs;
        dirty.push({ line: of.line, fromMs, toMs: of.isMode ? nowMs : Math.max(fromMs, last) });
      }
      await markDirtyHours(tx, dirty);
    },
  };
}
