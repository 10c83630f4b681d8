import {
  lineEventsMax,
  type LineEvent,
  type LinePicture,
  type ShiftKpis,
  type TopicChange,
} from "@only-mes/protocols/console/live";
import type { LineDefinition, UnitDefinition } from "@only-mes/protocols/plant/signal";
import type { CountChange, StateChange } from "../commit/committed.ts";
import type { ShiftInstance } from "../domain/calendar/shifts.ts";
import {
  idealRateOfLine,
  outputUnits,
  targetByNow,
  targetRateOfLine,
} from "../domain/lines/line-figures.ts";
import { bottleneckOf, defaultLineRule, type LineRule } from "../domain/lines/line-rule.ts";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { RateWindow } from "../domain/lines/rate-window.ts";
import { LineTimeline } from "./line-timeline.ts";
import type { SignalBook } from "./signal-book.ts";
import { UnitBook, type LoadedCounts } from "./unit-book.ts";

/** What the database holds of a line: the ground that later commits are added to. */
export interface LoadedLine {
  /** State spans of each unit, in order of time, reaching back to `spansFromMs`. */
  spans: ReadonlyMap<string, readonly StateSpan[]>;
  spansFromMs: number;
  counts: ReadonlyMap<string, LoadedCounts>;
  /** Good pieces by the start of the step of time that they fell into, of the line's output units. */
  recentGood: readonly { atMs: number; pieces: number }[];
  observedSinceMs: number;
  events: readonly LineEvent[];
}

/** One line: its units and signals, and all that its picture is made of. */
export class LineBook {
  readonly id: string;
  definition: LineDefinition;
  /** What makes its state, as it was when its ground was read. */
  rule: Pick<LineRule, "bottleneck"> = defaultLineRule;
  readonly #units = new Map<string, UnitBook>();
  readonly #signals: SignalBook[] = [];
  /** Found anew after a unit has changed. */
  #output: readonly UnitBook[] | undefined;
  readonly #knownSinceMs: number;
  #shift: ShiftInstance;
  /** Nothing is due from the time before the line was first observed. */
  #observedSinceMs: number;
  #timeline: LineTimeline;
  #rate: RateWindow;
  #events: LineEvent[] = [];
  #kpis: ShiftKpis | undefined;
  #freshSignals = 0;
  #newestSampleMs = 0;

  #lineChanged = true;
  readonly #unitsChanged = new Set<UnitBook>();
  readonly #signalsChanged = new Set<SignalBook>();
  #newEvents: LineEvent[] = [];
  #lastPicture: string | undefined;

  constructor(definition: LineDefinition, knownSinceMs: number, shift: ShiftInstance) {
    this.id = definition.id;
    this.#shift = shift;
    this.definition = definition;
    this.#knownSinceMs = knownSinceMs;
    this.#observedSinceMs = knownSinceMs;
    this.#timeline = new LineTimeline(new Map(), knownSinceMs);
    this.#rate = new RateWindow(knownSinceMs);
  }

  units(): UnitBook[] {
    return [...this.#units.values()].sort(
      (a, b) => a.definition.position - b.definition.position || a.id.localeCompare(b.id),
    );
  }

  signals(): readonly SignalBook[] {
    return this.#signals;
  }

  events(): readonly LineEvent[] {
    return this.#events;
  }

  get stale(): boolean {
    return this.#freshSignals === 0;
  }

  /** The one whose pieces are shown. */
  get shift(): ShiftInstance {
    return this.#shift;
  }

  redefine(definition: LineDefinition): void {
    this.definition = definition;
    this.#lineChanged = true;
  }

  unitOf(definition: UnitDefinition): UnitBook {
    this.#output = undefined;
    const known = this.#units.get(definition.id);
    if (known !== undefined) {
      known.definition = definition;
      this.#unitsChanged.add(known);
      return known;
    }
    const unit = new UnitBook(definition, this, this.#knownSinceMs);
    this.#units.set(definition.id, unit);
    this.#unitsChanged.add(unit);
    return unit;
  }

  adopt(signal: SignalBook): void {
    this.#signals.push(signal);
    this.#signalsChanged.add(signal);
  }

  /** Of the units that make its state. */
  timelineOf(spans: ReadonlyMap<string, readonly StateSpan[]>, fromMs: number): LineTimeline {
    const units = this.units().map(({ id, definition }) => ({
      id,
      pacesLine: definition.pacesLine,
    }));
    const own = bottleneckOf(units, this.rule).map(({ id }) => [id, spans.get(id) ?? []] as const);
    return new LineTimeline(new Map(own), fromMs, this.rule.bottleneck.combine);
  }

  load(loaded: LoadedLine): void {
    this.#timeline = this.timelineOf(loaded.spans, loaded.spansFromMs);
    for (const unit of this.#units.values()) {
      const last = loaded.spans.get(unit.id)?.at(-1);
      if (last !== undefined) {
        unit.change({ unit: unit.id, state: last.state, fromMs: last.fromMs });
      }
      const counts = loaded.counts.get(unit.id);
      unit.good = counts?.goodCount ?? 0;
      unit.scrap = counts?.scrapCount ?? 0;
      this.#unitsChanged.add(unit);
    }
    this.#observedSinceMs = loaded.observedSinceMs;
    this.#rate = new RateWindow(loaded.observedSinceMs);
    for (const { atMs, pieces } of loaded.recentGood) this.#rate.add(atMs, pieces);
    if (this.#events.length === 0) {
      this.#events = loaded.events.slice(-lineEventsMax);
      this.#newEvents = [...this.#events];
    }
    this.#lineChanged = true;
  }

  count(unit: UnitBook, count: CountChange): void {
    if (unit.count(count, this.#shift)) this.#unitsChanged.add(unit);
    if (count.role === "goodCount" && this.#isOutput(unit)) this.#rate.add(count.atMs, count.delta);
    this.#lineChanged = true;
  }

  #isOutput(unit: UnitBook): boolean {
    return this.#outputUnits().includes(unit);
  }

  #outputUnits(): readonly UnitBook[] {
    this.#output ??= outputUnits(
      [...this.#units.values()].map((unit) => ({ ...unit.definition, unit })),
    ).map(({ unit }) => unit);
    return this.#output;
  }

  outputUnitIds(): string[] {
    return this.#outputUnits().map((unit) => unit.id);
  }

  /** False if the change is older than what is kept: the line must be loaded again. */
  stateOfUnit(unit: UnitBook, change: StateChange): boolean {
    if (!unit.isObserved || change.fromMs >= unit.stateSinceMs) unit.change(change);
    this.#unitsChanged.add(unit);
    this.#lineChanged = true;
    return this.#timeline.change(unit.id, change.state, change.fromMs);
  }

  happened(event: LineEvent): void {
    if (this.#events.some((known) => known.id === event.id)) return;
    this.#events = [...this.#events, event].slice(-lineEventsMax);
    this.#newEvents = [...this.#newEvents, event].slice(-lineEventsMax);
  }

  signalChanged(signal: SignalBook): void {
    this.#signalsChanged.add(signal);
    this.#newestSampleMs = Math.max(this.#newestSampleMs, signal.newest?.sourceTimeMs ?? 0);
  }

  freshnessChanged(signal: SignalBook): void {
    const step = signal.stale ? -1 : 1;
    this.#freshSignals += step;
    signal.unit.freshSignals += step;
    this.#signalsChanged.add(signal);
    this.#unitsChanged.add(signal.unit);
    this.#lineChanged = true;
  }

  /** Rate, target and the time of the newest sample are shown anew once a second, not each sample. */
  age(): void {
    this.#lineChanged = true;
  }

  /** True if this is another shift than before: pieces begin at 0, until those it has are loaded. */
  beginsShift(shift: ShiftInstance): boolean {
    const { id, startMs } = this.#shift;
    this.#shift = shift;
    if (shift.id === id && shift.startMs === startMs) return false;
    this.#kpis = undefined;
    for (const unit of this.#units.values()) {
      unit.good = 0;
      unit.scrap = 0;
      this.#unitsChanged.add(unit);
    }
    this.#lineChanged = true;
    return true;
  }

  showKpis(kpis: ShiftKpis | undefined): void {
    this.#kpis = kpis;
    this.#lineChanged = true;
  }

  takeChange(nowMs: number): TopicChange | undefined {
    const change: TopicChange = {};
    if (this.#lineChanged) {
      const picture = this.picture(nowMs);
      const text = JSON.stringify(picture);
      if (text !== this.#lastPicture) change.line = picture;
      this.#lastPicture = text;
    }
    if (this.#unitsChanged.size > 0) {
      change.units = Object.fromEntries([...this.#unitsChanged].map((u) => [u.id, u.picture()]));
    }
    if (this.#signalsChanged.size > 0) {
      change.signals = Object.fromEntries(
        [...this.#signalsChanged].map((s) => [s.id, s.picture()]),
      );
    }
    if (this.#newEvents.length > 0) change.events = this.#newEvents;
    this.#lineChanged = false;
    this.#unitsChanged.clear();
    this.#signalsChanged.clear();
    this.#newEvents = [];
    return Object.keys(change).length === 0 ? undefined : change;
  }

  picture(nowMs: number): LinePicture {
    const shift = this.#shift;
    const breaks = (shift.breaks ?? []).map(({ fromMs, toMs }) => ({
      startMs: fromMs,
      endMs: toMs,
    }));
    const units = [...this.#units.values()];
    const definitions = units.map((unit) => unit.definition);
    const targetRatePerMinute = targetRateOfLine(definitions);
    const current = this.#timeline.current();
    const { id, definition } = this;
    return {
      id,
      name: definition.name,
      area: definition.area,
      site: definition.site,
      state: current?.state ?? "Unknown",
      stateSinceMs: current?.sinceMs ?? this.#knownSinceMs,
      shift: {
        id: shift.id,
        name: shift.name,
        startMs: shift.startMs,
        endMs: shift.endMs,
        ...(shift.isUnscheduled === true && { unscheduled: true }),
        ...(breaks.length > 0 && { breaks }),
      },
      good: this.#outputUnits().reduce((sum, unit) => sum + unit.good, 0),
      scrap: units.reduce((sum, unit) => sum + unit.scrap, 0),
      idealRatePerMinute: idealRateOfLine(definitions),
      targetRatePerMinute,
      target:
        targetRatePerMinute === undefined || shift.isUnscheduled === true
          ? undefined
          : targetByNow(
              targetRatePerMinute,
              Math.max(shift.startMs, this.#observedSinceMs),
              nowMs,
              shift.breaks,
            ),
      ratePerMinute: this.#rate.perMinute(nowMs),
      ...(this.#kpis !== undefined && { kpis: this.#kpis }),
      lastSampleAtMs: this.#newestSampleMs,
      stale: this.stale,
    };
  }
}
