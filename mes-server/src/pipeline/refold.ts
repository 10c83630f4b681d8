import type { CounterState } from "../domain/production/counterFold.ts";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { UnitState } from "../domain/production/stateFold.ts";
import {
  countRowsWriter,
  stateOfSample,
  stateTail,
  stepCounter,
  stepState,
  type StateTail,
} from "./foldRows.ts";
import type { RefoldBeginTask, RefoldPageResult, RefoldPageTask } from "./laneTask.ts";
import type { SignalFold, StagedSample } from "./signalFold.ts";

/**
 * Folds a window of one signal again, page by page, from where the rows before it stand. Beyond the
 * newest late sample it stops as soon as both folds believe the same sample: from there on they agree
 * (domain/production/SPEC.md).
 */
export interface Refold {
  page(task: RefoldPageTask): RefoldPageResult;
  /** After commit: what the lane goes on from. */
  adopt(met: boolean, isOpen: boolean): void;
}

export function beginRefold(fold: SignalFold, { seed, untilMs }: RefoldBeginTask): Refold {
  const { signal } = fold;
  let counter: CounterState | undefined = seed.counter;
  let unit: UnitState | undefined = seed.unit;
  /** The page before ended on a sample that both folds believe: the next one's time decides. */
  let agreedAt: SampleKey | undefined;

  const step = (
    sample: PageSample,
    counts: ReturnType<typeof countRowsWriter>,
    tail: StateTail,
  ): boolean => {
    if (signal.states !== undefined) {
      unit = stepState(tail, unit, signal.unit, stateOfSample(signal, sample).state, sample.tsMs);
      return true;
    }
    const { next, event } = stepCounter(counter, signal, sample);
    const isReading = next !== counter;
    counter = next;
    if (event !== undefined) counts.push(signal, sample, event.kind, event.delta);
    return isReading && !sample.quarantined && event?.kind !== "quarantined";
  };

  return {
    page({ samples: text, isLast }) {
      const counts = countRowsWriter();
      const tail = openTail(unit, signal.unit);
      const samples = readPage(text);
      let upTo: SampleKey | undefined;
      let met = false;
      for (const sample of samples) {
        if (agreedAt !== undefined && sample.tsMs > agreedAt.tsMs) {
          met = true;
          break;
        }
        const agrees = step(sample, counts, tail);
        upTo = keyOf(sample);
        agreedAt = agrees && sample.tsMs > untilMs ? upTo : undefined;
      }
      if (isLast && agreedAt !== undefined) met = true;
      const goneStates = tail.goneMs.map((fromMs) => ({ unit: signal.unit, fromMs }));
      return { upTo, met, counts: counts.finish(), states: tail.rows, goneStates };
    },
    adopt(met, isOpen) {
      if (!met) fold.counter = counter;
      if (!met || isOpen) fold.unit = unit;
    },
  };
}

function openTail(unit: UnitState | undefined, id: string): StateTail {
  const tail = stateTail();
  if (unit !== undefined) {
    tail.rows.push({ unit: id, fromMs: unit.sinceMs, toMs: null, state: unit.state });
  }
  return tail;
}

function keyOf({ tsMs, epoch, sequence, ordinal }: SampleKey): SampleKey {
  return { tsMs, epoch, sequence, ordinal };
}

type PageRow = [
  tsMs: number,
  epoch: number,
  sequence: number,
  ordinal: number,
  quality: number,
  value: number | null,
  text: string | null,
  quarantined: boolean,
];

type PageSample = StagedSample & { quarantined: boolean };

function readPage(text: string): PageSample[] {
  const rows = JSON.parse(text) as PageRow[];
  return rows.map(([tsMs, epoch, sequence, ordinal, quality, value, text, quarantined]) => ({
    tsMs,
    epoch,
    sequence,
    ordinal,
    gatewayTsMs: 0,
    quality,
    value,
    text,
    quarantined,
  }));
}
