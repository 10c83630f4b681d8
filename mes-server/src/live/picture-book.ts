import type { LineEvent, LinePicture, TopicChange } from "@only-mes/protocols/console/live";
import type { ShiftInstance } from "../domain/calendar/shifts.ts";
import type {
  BoundSignal,
  Committed,
  CountChange,
  LatestSample,
  LinkChange,
  StateChange,
} from "../commit/committed.ts";
import { eventOfCount, eventOfState } from "./line-events.ts";
import { LineBook, type LoadedLine } from "./line-book.ts";
import { SignalBook } from "./signal-book.ts";
import type { UnitBook } from "./unit-book.ts";

/** What of one line has changed since it was last asked for. */
export interface LineChanges {
  line: string;
  change: TopicChange;
}

/** Which shift of a line is on. */
export interface ShiftBook {
  shiftAt(line: string, instantMs: number): ShiftInstance;
}

/**
 * The current picture of every line, unit and signal, kept from commits alone: a commit costs a few
 * map entries, never a query. All times are plant time; it reads no clock of its own.
 */
export class PictureBook {
  readonly #shifts: ShiftBook;
  readonly #lines = new Map<string, LineBook>();
  readonly #units = new Map<string, UnitBook>();
  readonly #signals = new Map<string, SignalBook>();
  /** `source` or `source/device` that is out of reach. */
  readonly #offline = new Set<string>();
  readonly #changed = new Set<LineBook>();
  #nowMs: number;

  constructor(shifts: ShiftBook, nowMs: number) {
    this.#shifts = shifts;
    this.#nowMs = nowMs;
  }

  /** By id, so that lists keep their order over restarts. */
  lines(): LineBook[] {
    return [...this.#lines.values()].sort((a, b) => a.id.localeCompare(b.id));
  }

  line(id: string): LineBook | undefined {
    return this.#lines.get(id);
  }

  unit(id: string): UnitBook | undefined {
    return this.#units.get(id);
  }

  signals(): SignalBook[] {
    return [...this.#signals.values()];
  }

  signal(id: string): SignalBook | undefined {
    return this.#signals.get(id);
  }

  /** Lines that must be loaded, since they have signals or units that are new. */
  bind(signals: readonly BoundSignal[]): Set<string> {
    const toLoad = new Set<string>();
    for (const bound of signals) {
      const { line: lineDefinition, unit: unitDefinition } = bound.definition;
      const line = this.#lineOf(lineDefinition);
      const unit = line.unitOf(unitDefinition);
      this.#units.set(unit.id, unit);
      const known = this.#signals.get(bound.id);
      if (known === undefined) {
        this.#signals.set(bound.id, new SignalBook(bound, line, unit));
        toLoad.add(line.id);
      } else {
        known.rebind(bound, unit);
      }
      this.#changed.add(line);
    }
    return toLoad;
  }

  #lineOf(definition: BoundSignal["definition"]["line"]): LineBook {
    const known = this.#lines.get(definition.id);
    if (known !== undefined) {
      known.redefine(definition);
      return known;
    }
    const shift = this.#shifts.shiftAt(definition.id, this.#nowMs);
    const line = new LineBook(definition, this.#nowMs, shift);
    this.#lines.set(line.id, line);
    return line;
  }

  load(lineId: string, loaded: LoadedLine): void {
    const line = this.#lines.get(lineId);
    if (line === undefined) return;
    line.load(loaded);
    this.#changed.add(line);
  }

  /** Lines whose pictures can only be made anew from the database. */
  apply(committed: Pick<Committed, "latest" | "counts" | "states">, nowMs: number): Set<string> {
    this.#nowMs = nowMs;
    const toLoad = new Set<string>();
    for (const sample of committed.latest) this.#applySample(sample);
    for (const count of committed.counts) this.#applyCount(count);
    for (const state of committed.states) {
      const line = this.#applyState(state);
      if (line !== undefined) toLoad.add(line);
    }
    return toLoad;
  }

  #applySample(sample: LatestSample): void {
    const signal = this.#signals.get(sample.signal);
    if (signal === undefined || !signal.sample(sample)) return;
    signal.refresh(this.#nowMs, this.#isOffline(signal));
    this.#changed.add(signal.line);
  }

  #applyCount(count: CountChange): void {
    const unit = this.#units.get(count.unit);
    if (unit === undefined) return;
    const { line } = unit;
    line.count(unit, count);
    if (count.kind !== "step") line.happened(eventOfCount(unit, count));
    this.#changed.add(line);
  }

  #applyState(change: StateChange): string | undefined {
    const unit = this.#units.get(change.unit);
    if (unit === undefined) return undefined;
    const { line } = unit;
    this.#changed.add(line);
    const isNew = unit.stateSinceMs !== change.fromMs || unit.state !== change.state;
    if (isNew) line.happened(eventOfState(unit, change));
    return line.stateOfUnit(unit, change) ? undefined : line.id;
  }

  happened(lineId: string, event: LineEvent): void {
    const line = this.#lines.get(lineId);
    if (line === undefined) return;
    line.happened(event);
    this.#changed.add(line);
  }

  link({ source, device, online }: LinkChange, nowMs: number): void {
    this.#nowMs = nowMs;
    const link = device === undefined ? source : `${source}/${device}`;
    if (online) this.#offline.delete(link);
    else this.#offline.add(link);
    for (const signal of this.#signals.values()) {
      const bearer = signal.bearers.get(source);
      if (bearer === undefined || (device !== undefined && bearer !== device)) continue;
      if (signal.refresh(this.#nowMs, this.#isOffline(signal))) this.#changed.add(signal.line);
    }
  }

  /** Out of reach of every gateway that reads it. */
  #isOffline({ bearers }: SignalBook): boolean {
    return bearers
      .entries()
      .every(
        ([source, device]) => this.#offline.has(source) || this.#offline.has(`${source}/${device}`),
      );
  }

  /**
   * What follows from the passing of time alone: values grow stale, rates fall, targets rise, shifts
   * change. Answers the lines in which another shift has begun, whose counts must be loaded.
   */
  passTime(nowMs: number): Set<string> {
    this.#nowMs = nowMs;
    for (const signal of this.#signals.values()) {
      if (signal.refresh(nowMs, this.#isOffline(signal))) this.#changed.add(signal.line);
    }
    const toLoad = new Set<string>();
    for (const line of this.#lines.values()) {
      line.age();
      this.#changed.add(line);
      if (line.beginsShift(this.#shifts.shiftAt(line.id, nowMs))) toLoad.add(line.id);
    }
    return toLoad;
  }

  /** All that has changed since the last time, as pictures of this moment. */
  takeChanges(): LineChanges[] {
    const changes: LineChanges[] = [];
    for (const line of this.#changed) {
      const change = line.takeChange(this.#nowMs);
      if (change !== undefined) changes.push({ line: line.id, change });
    }
    this.#changed.clear();
    return changes;
  }

  linePicture(line: LineBook): LinePicture {
    return line.picture(this.#nowMs);
  }
}
