import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import {
  clipped,
  lineStates,
  type LineCombination,
  type StateSpan,
} from "../domain/lines/line-states.ts";

/** Spans of one unit that are kept before the oldest are folded into what is known of them. */
const spansOfUnitMax = 200;
const spansOfUnitKept = 50;

export interface StateSince {
  state: MachineState;
  sinceMs: number;
}

/**
 * The state of one line and since when, from the spans of its pacing units. The units' changes come
 * in the order of each unit, but not of the line, so that the newest spans of each are kept and the
 * line's own are made anew; what is older is remembered as one state and its beginning.
 */
export class LineTimeline {
  readonly #units: ReadonlyMap<string, StateSpan[]>;
  /** Nothing before this is kept; the line was in this state here, since then. */
  #keptFromMs: number;
  #before: StateSince | undefined;
  /** Undefined when it must be found anew, null when there is none. */
  #current: StateSince | null | undefined;
  /** Units whose state at the start of the loaded window began before it. */
  readonly #reachBack: number;
  readonly #combine: LineCombination;

  /**
   * Spans in order of time. They reach back to `windowStartMs`, those which last over it as a whole:
   * so all units are known from where the youngest of these began.
   */
  constructor(
    spans: ReadonlyMap<string, readonly StateSpan[]>,
    windowStartMs: number,
    combine: LineCombination = "parallel",
  ) {
    this.#combine = combine;
    this.#units = new Map(
      [...spans].map(([unit, own]) => [unit, own.map((span) => ({ ...span }))]),
    );
    const begun = [...this.#units.values()]
      .map((own) => own[0]?.fromMs)
      .filter((fromMs) => fromMs !== undefined)
      .filter((fromMs) => fromMs <= windowStartMs);
    this.#keptFromMs = begun.length === 0 ? windowStartMs : Math.max(...begun);
    this.#reachBack = begun.length;
  }

  /** False if the change lies before what is kept: the spans must be read again. */
  change(unit: string, state: MachineState, fromMs: number): boolean {
    const spans = this.#units.get(unit);
    if (spans === undefined) return true;
    if (fromMs < this.#keptFromMs) return false;
    this.#current = undefined;
    const last = spans.at(-1);
    if (last !== undefined) {
      if (fromMs < last.fromMs) return false;
      if (fromMs === last.fromMs) spans.pop();
      else if (last.toMs === null || last.toMs > fromMs) last.toMs = fromMs;
    }
    spans.push({ state, fromMs, toMs: null });
    if (spans.length > spansOfUnitMax) this.#forget();
    return true;
  }

  current(): StateSince | undefined {
    if (this.#current === undefined) {
      const last = this.#kept().at(-1);
      this.#current = last === undefined ? null : { state: last.state, sinceMs: last.fromMs };
    }
    return this.#current ?? undefined;
  }

  /** False if the line's state may have begun before what was loaded: older spans are needed. */
  isSettled(): boolean {
    const current = this.current();
    return this.#reachBack < 2 || current === undefined || current.sinceMs > this.#keptFromMs;
  }

  #kept(): StateSpan[] {
    const spans = clipped(
      lineStates([...this.#units.values()], this.#combine),
      this.#keptFromMs,
      Infinity,
    );
    const first = spans[0];
    if (
      first !== undefined &&
      this.#before !== undefined &&
      first.fromMs === this.#keptFromMs &&
      first.state === this.#before.state
    ) {
      first.fromMs = this.#before.sinceMs;
    }
    return spans;
  }

  #forget(): void {
    const cuts = [...this.#units.values()].map((spans) => spans.at(-spansOfUnitKept)?.fromMs);
    const known = cuts.filter((cut) => cut !== undefined);
    const cut = Math.max(this.#keptFromMs, Math.min(...known));
    const at = this.#kept().find((span) => span.toMs === null || span.toMs > cut);
    this.#before =
      at === undefined || at.fromMs > cut ? undefined : { state: at.state, sinceMs: at.fromMs };
    this.#keptFromMs = cut;
    for (const spans of this.#units.values()) {
      const keep = spans.findIndex((span) => span.toMs === null || span.toMs > cut);
      spans.splice(0, keep === -1 ? spans.length : keep);
    }
  }
}
