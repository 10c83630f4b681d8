import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { SampleKey } from "../domain/production/sampleOrder.ts";
import type { RefoldPageResult, StateRow } from "../pipeline/laneTask.ts";
import type { LaneThread } from "../pipeline/laneThread.ts";
import { advanceLineFolds } from "../store/advanceLineFolds.ts";
import { deleteCountEvents } from "../store/deleteCountEvents.ts";
import { dropStateIntervals } from "../store/dropStateIntervals.ts";
import { insertCountEvents } from "../store/insertCountEvents.ts";
import { keepKnownTimes } from "../store/keepKnownTimes.ts";
import { loadFoldSeeds } from "../store/loadFoldSeeds.ts";
import { loadRefoldPage } from "../store/loadRefoldPage.ts";
import { loadNextState } from "../store/loadNextState.ts";
import { loadOpenState } from "../store/loadOpenState.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { markDirtyWindows } from "../store/markDirtyWindows.ts";
import { putStateIntervals } from "../store/putStateIntervals.ts";
import { readSampleRange } from "../store/readSampleRange.ts";
import type { Transaction } from "../store/statement.ts";
import { takeDirtyWindow } from "../store/takeDirtyWindow.ts";
import { takeStateIntervals } from "../store/takeStateIntervals.ts";
import { transaction } from "../store/transaction.ts";
import type { RecalculatedWindow } from "./committed.ts";
import type { BoundLaneSignal, LaneMemory } from "./laneMemory.ts";

export interface RefoldParts {
  pool: Pool;
  thread: LaneThread;
  clock: PlantClock;
  memory: LaneMemory;
  refoldPageRows: number;
}

interface Refolded {
  fromMs: number;
  toMs: number;
  /** From `toMs` on the old rows hold: both folds agree there, or the rest comes with the next turn. */
  met: boolean;
  /** The last interval written is the unit's present one. */
  isOpen: boolean;
  /** The newest sample that must be folded again in the turns to come; absent if this was the last one. */
  restToMs?: number;
}

/** What a turn of a refold has replaced, and whether another turn has to follow. */
interface RefoldTurn {
  window: RecalculatedWindow;
  hasRest: boolean;
}

/**
 * Folds the window of a signal's late samples again, from the raw samples, and replaces what followed
 * from them: a page of samples a transaction, so that the present never waits for a long past. Nothing else
 * of the lane may be under way. Answers the window whose rows are new; `undefined` if there was nothing to do.
 */
export async function refoldSignal(
  parts: RefoldParts,
  signal: BoundLaneSignal,
): Promise<RefoldTurn | undefined> {
  const lines = parts.memory.lines([signal.line]);
  const refolded = await transaction(parts.pool, async (tx) => {
    const window = await takeDirtyWindow(tx, signal.key);
    if (window === undefined) return undefined;
    const [seed = { key: signal.key }] = await loadFoldSeeds(tx, [signal], window.fromMs);
    await parts.thread.refoldBegin({
      kind: "refoldBegin",
      signal: signal.key,
      seed,
      untilMs: window.toMs,
    });
    const at = { ...window, nowMs: parts.clock.now() };
    const done = await replaceRows(tx, parts, signal, at);
    if (signal.states !== undefined) {
      await keepKnownTimes(tx, { unit: signal.unit, fromMs: at.fromMs }, at.nowMs);
    }
    await markDirtyHours(tx, [
      {
        line: signal.line,
        fromMs: window.fromMs,
        toMs: done.met ? done.toMs : Math.max(done.toMs, at.nowMs),
      },
    ]);
    if (done.restToMs !== undefined) {
      await markDirtyWindows(tx, [{ signal: signal.key, fromMs: done.toMs, toMs: done.restToMs }]);
    }
    await advanceLineFolds(tx, lines);
    return { fromMs: window.fromMs, ...done };
  });
  if (refolded === undefined) return undefined;
  parts.memory.advance(lines);
  await parts.thread.refoldAdopt({
    kind: "refoldAdopt",
    met: refolded.met,
    isOpen: refolded.isOpen,
  });
  const { fromMs, toMs, restToMs } = refolded;
  return { window: { unit: signal.unit, fromMs, toMs }, hasRest: restToMs !== undefined };
}

async function replaceRows(
  tx: Transaction,
  { thread, refoldPageRows: limit }: RefoldParts,
  signal: BoundLaneSignal,
  { fromMs, toMs: untilMs, nowMs }: { fromMs: number; toMs: number; nowMs: number },
): Promise<Omit<Refolded, "fromMs">> {
  const { key, unit } = signal;
  let after: SampleKey | undefined;
  const present = signal.states === undefined ? undefined : await loadOpenState(tx, unit);
  for (;;) {
    const page = await loadRefoldPage(tx, { signal: key, unit, fromMs, after, limit });
    if (page.rows === 0 && after === undefined) {
      return { toMs: fromMs, met: true, isOpen: false };
    }
    const isLast = page.rows < limit;
    const folded = await thread.refoldPage({ kind: "refoldPage", samples: page.samples, isLast });
    const toMs = (folded.upTo ?? after)?.tsMs ?? fromMs;
    // The next turn begins with this source time again.
    const hasRest = !folded.met && !isLast && toMs > fromMs;
    const met = folded.met || hasRest;
    const isDone = met || isLast;
    let isOpen = false;
    // Rows up to here are new: they do not tell any more what the old fold believed.
    let restToMs = Math.max(untilMs, toMs);
    if (signal.states === undefined) {
      await replaceCounts(tx, { signal: key, unit, fromMs, after }, folded);
    } else {
      const beginMs = after === undefined ? fromMs : after.tsMs + 1;
      const range = { unit, fromMs: beginMs, toMs: folded.upTo?.tsMs ?? beginMs - 1 };
      await takeStateIntervals(tx, range, nowMs);
      await dropStateIntervals(tx, folded.goneStates, nowMs);
      const nextMs = met ? await loadNextState(tx, { unit, afterMs: toMs }) : null;
      isOpen = met && nextMs === null;
      const rows = isDone ? ended(folded.states, nextMs) : folded.states.slice(0, -1);
      await putStateIntervals(tx, rows, nowMs);
      if (hasRest && isOpen && present !== undefined && present !== rows.at(-1)?.state) {
        // The present was made by samples behind this page: no row tells of them now.
        restToMs = Math.max(restToMs, (await readSampleRange(tx, key))?.toMs ?? restToMs);
      }
    }
    if (isDone) return { toMs, met, isOpen, ...(hasRest && { restToMs }) };
    after = folded.upTo ?? after;
  }
}

async function replaceCounts(
  tx: Transaction,
  of: { signal: number; unit: string; fromMs: number; after: SampleKey | undefined },
  { upTo, counts }: RefoldPageResult,
): Promise<void> {
  if (upTo === undefined) return;
  await deleteCountEvents(tx, { ...of, upTo });
  if (counts !== undefined) await insertCountEvents(tx, counts);
}

/** The last interval ends where the next one begins; if there is none, it lasts. */
function ended(rows: StateRow[], nextMs: number | null): StateRow[] {
  const last = rows.at(-1);
  return last === undefined ? rows : [...rows.slice(0, -1), { ...last, toMs: nextMs }];
}
