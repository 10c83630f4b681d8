import { qualityGood } from "@only-mes/protocols/plant/signal";
import {
  conditionsBefore,
  foldConditions,
  nothingYet,
  type DefinitionState,
} from "../domain/alarms/conditionFold.ts";
import { loadOccurrencesAround } from "../store/alarmOccurrences.ts";
import { readReadingsBefore } from "../store/readReadingsBefore.ts";
import type {
  SignalWatcher,
  Taken,
  WatchedSample,
  WatcherTurn,
  WatchState,
  WatchTurn,
} from "../watch/watcher.ts";
import { readAlarmRules, type AlarmRules } from "./alarmRules.ts";
import { occurrenceChanges } from "./occurrenceChanges.ts";
import { writeAlarmChanges } from "./writeAlarmChanges.ts";

const watcherName = "alarms";

/** State codes of a device map may change without a change of the definitions. */
const rulesKeptMs = 30_000;

/** What is kept of a signal from turn to turn. */
interface SignalState {
  definitions: Record<string, DefinitionState>;
  /** The newest source time that was ever taken. */
  seenToMs: number;
}

/**
 * Evaluates the alarm definitions of a signal. `settleMs`: how long a sample may be on its way; before
 * that, silence says nothing.
 */
export function alarmWatcher({ settleMs }: { settleMs: number }): SignalWatcher {
  let kept: { rules: AlarmRules; list: number; readAtMs: number } | undefined;
  return {
    name: watcherName,
    begin(turn) {
      const rules = async (): Promise<AlarmRules> => {
        const { list, nowMs } = turn;
        if (kept?.list !== list || Math.abs(nowMs - kept.readAtMs) > rulesKeptMs) {
          kept = { rules: await readAlarmRules(turn.tx), list, readAtMs: nowMs };
        }
        return kept.rules;
      };
      return watcherTurn(turn, rules, settleMs);
    },
  };
}

function watcherTurn(
  turn: WatchTurn,
  rules: () => Promise<AlarmRules>,
  settleMs: number,
): WatcherTurn {
  const { tx, nowMs } = turn;
  const changes = occurrenceChanges();

  const rewind = async (signal: number, state: WatchState, fromMs: number): Promise<WatchState> => {
    const definitions = (await rules()).get(signal) ?? [];
    const { seenToMs } = signalState(state);
    const delayMs = Math.max(0, ...definitions.map(({ delayMsMax }) => delayMsMax));
    const readings = await readReadingsBefore(tx, {
      signal,
      fromMs: fromMs - delayMs,
      toMs: fromMs,
    });
    const alarms = definitions.flatMap((definition) => definition.alarms);
    const stored = await loadOccurrencesAround(
      tx,
      alarms.map(({ id: alarm }) => ({ alarm })),
      fromMs,
    );
    const next = definitions.map((definition): [string, DefinitionState] => {
      changes.rewind(definition, fromMs, stored, seenToMs);
      const occurrences = definition.alarms.flatMap(({ id, level }) =>
        changes.overlaid(id, stored).map((row) => ({ ...row, level })),
      );
      const { versions } = definition;
      return [definition.id, conditionsBefore(versions, fromMs, readings, occurrences)];
    });
    return { definitions: Object.fromEntries(next), seenToMs };
  };

  const take = async (
    signal: number,
    given: WatchState,
    samples: readonly WatchedSample[],
  ): Promise<Taken> => {
    const definitions = (await rules()).get(signal) ?? [];
    let state = signalState(given);
    const [first] = samples;
    const assumedToMs = Math.max(
      ...definitions.map(({ id }) => state.definitions[id]?.assumedToMs ?? -Infinity),
    );
    // What was concluded from silence is put in doubt by a sample that was on its way.
    const isDoubted = first !== undefined && first.tsMs < assumedToMs;
    if (isDoubted) state = signalState(await rewind(signal, given, first.tsMs));
    const readings = samples.map(({ tsMs, quality, value }) => ({
      tsMs,
      value: quality === qualityGood ? value : null,
    }));
    // A definition that is new to the signal begins with what the others hold of it.
    const held = Object.values(state.definitions)[0]?.held ?? null;
    let dueMs = Infinity;
    let hasChanged = isDoubted;
    const next = definitions.map((definition): [string, DefinitionState] => {
      const before = state.definitions[definition.id] ?? { ...nothingYet, held };
      const folded = foldConditions(before, definition.versions, readings, nowMs - settleMs);
      changes.apply(definition, folded.transitions);
      dueMs = Math.min(dueMs, (folded.dueMs ?? Infinity) + settleMs);
      hasChanged ||=
        folded.transitions.length > 0 || folded.state.ruledFromMs !== before.ruledFromMs;
      return [definition.id, folded.state];
    });
    const seenToMs = Math.max(state.seenToMs, readings.at(-1)?.tsMs ?? -Infinity);
    return {
      state: { definitions: Object.fromEntries(next), seenToMs },
      isToKeep: hasChanged,
      ...(dueMs !== Infinity && { dueMs }),
    };
  };

  return { take, rewind, finish: () => writeAlarmChanges(turn, changes.all()) };
}

function signalState(state: WatchState): SignalState {
  const { definitions, seenToMs } = state as Partial<SignalState>;
  return { definitions: definitions ?? {}, seenToMs: seenToMs ?? 0 };
}
