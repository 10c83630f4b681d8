import { setTimeout as setTimeoutLater } from "node:timers/promises";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { lineEventsMax } from "@only-mes/protocols/console/live";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Committed, LatestSample, RecalculatedWindow } from "../commit/committed.ts";
import type { ShiftInstance } from "../domain/calendar/shifts.ts";
import { defaultLineRule } from "../domain/lines/line-rule.ts";
import { rateStepMs, rateWindowMs } from "../domain/lines/rate-window.ts";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { readAlarmNews } from "../store/readAlarmNews.ts";
import { readFirstStates } from "../store/readFirstStates.ts";
import { readLatestSamples } from "../store/readLatestSamples.ts";
import { readLineRules } from "../store/readLineRules.ts";
import { readOddCounts } from "../store/readOddCounts.ts";
import { readRecentCounts, type RecentCount } from "../store/readRecentCounts.ts";
import { readSignals } from "../store/readSignals.ts";
import { readStates } from "../store/readStates.ts";
import type { LineBook, LoadedLine } from "./line-book.ts";
import { eventOfRecalculation } from "./line-events.ts";
import { loadedLine, newestCounted } from "./loaded-line.ts";
import type { PictureBook } from "./picture-book.ts";

export interface LoaderOptions {
  pool: Pool;
  book: PictureBook;
  clock: PlantClock;
  log: Logger;
  /** Called after pictures have been loaded. */
  onLoaded: () => void;
}

const hourMs = 3_600_000;
/** How far back the beginning of a line's state is looked for, one after the other. */
const spanWindowsMs = [8 * hourMs, 7 * 24 * hourMs, 60 * 24 * hourMs];
const spansMax = 20_000;
/** Signals in one statement, so that none of them keeps the database to itself for long. */
const signalsPerStatement = 500;
/** State intervals that begin later than now are of a machine whose clock is ahead. */
const clockSkewMaxMs = 24 * hourMs;
const pauseMs = 250;
const retryMs = 1_000;
const restMaxMs = 10_000;
/** Loading takes at most this share of the database's time, however often it is asked for. */
const shareOfTime = 0.1;
const bufferedChangesMax = 50_000;

/**
 * Loads pictures from the database: at the start, after windows were calculated again, and when a
 * shift begins. Commits go on meanwhile: they are kept, and added to what was loaded unless it has
 * them already. Requests in between are one.
 */
export class PictureLoader {
  readonly #options: LoaderOptions;
  readonly #requested = new Set<string>();
  readonly #recalculated = new Map<string, RecalculatedWindow>();
  #buffer: Committed[] | undefined;
  #buffered = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #hasLoaded = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  get hasLoaded(): boolean {
    return this.#hasLoaded;
  }

  /** Everything that the database knows. If it does not answer, this goes on trying by itself. */
  async start(): Promise<void> {
    if (await this.#loadAll()) return;
    this.#running = this.#loadAllLater().finally(() => {
      this.#running = undefined;
      this.request([]);
    });
  }

  async #loadAllLater(): Promise<void> {
    do await this.#rest(retryMs);
    while (!this.#closing.signal.aborted && !(await this.#loadAll()));
  }

  async #loadAll(): Promise<boolean> {
    try {
      const { book, pool } = this.#options;
      book.bind(await readSignals(pool));
      for (const line of book.lines()) this.#requested.add(line.id);
      await this.#load();
      return true;
    } catch (error) {
      this.#options.log.warn({ error }, "the pictures could not be loaded; trying again");
      return false;
    }
  }

  request(lines: Iterable<string>): void {
    for (const line of lines) this.#requested.add(line);
    if (this.#requested.size > 0) this.#schedule();
  }

  /** Must see every commit before the book does. */
  observe(committed: Committed): void {
    if (this.#buffer !== undefined) {
      if (this.#buffered <= bufferedChangesMax) this.#buffer.push(committed);
      this.#buffered += committed.counts.length + committed.states.length + committed.latest.length;
    }
    const lines = new Set<string>();
    for (const window of committed.recalculated) {
      const line = this.#options.book.unit(window.unit)?.line;
      if (line === undefined) continue;
      lines.add(line.id);
      this.#remember(window);
    }
    this.request(lines);
  }

  #remember(window: RecalculatedWindow): void {
    const known = this.#recalculated.get(window.unit);
    this.#recalculated.set(window.unit, known === undefined ? window : around(known, window));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    const isBusy = this.#timer !== undefined || this.#running !== undefined;
    if (isBusy || !this.#hasLoaded || this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#reload().finally(() => {
        this.#running = undefined;
        this.request([]);
      });
    }, pauseMs);
    this.#timer.unref();
  }

  async #reload(): Promise<void> {
    const begun = performance.now();
    try {
      await this.#load();
    } catch (error) {
      this.#options.log.warn({ error }, "pictures could not be loaded again; trying once more");
      await this.#rest(retryMs);
    }
    await this.#rest((performance.now() - begun) * (1 / shareOfTime - 1));
  }

  /** Ends early when the server closes. */
  async #rest(ms: number): Promise<void> {
    const { signal } = this.#closing;
    await setTimeoutLater(Math.min(ms, restMaxMs), undefined, { signal, ref: false }).catch(
      () => {},
    );
  }

  async #load(): Promise<void> {
    const { book, onLoaded } = this.#options;
    const lines = [...this.#requested]
      .map((id) => book.line(id))
      .filter((line) => line !== undefined);
    this.#requested.clear();
    const windows = [...this.#recalculated.values()];
    this.#recalculated.clear();
    this.#buffer = [];
    this.#buffered = 0;
    try {
      const ground = await this.#readGround(lines);
      this.#apply(ground, windows, this.#buffer);
    } catch (error) {
      for (const line of lines) this.#requested.add(line.id);
      for (const window of windows) this.#remember(window);
      throw error;
    } finally {
      this.#buffer = undefined;
    }
    this.#hasLoaded = true;
    onLoaded();
  }

  async #readGround(lines: LineBook[]): Promise<Ground> {
    const { pool, clock } = this.#options;
    const nowMs = clock.now();
    const units = lines.flatMap((line) => line.units().map((unit) => unit.id));
    for (const line of lines) {
      const [rule] = await readLineRules(pool, line.id, nowMs, nowMs + 1);
      line.rule = rule ?? defaultLineRule;
    }
    const spans = await this.#readSpans(lines, nowMs);
    const firstStates = await readFirstStates(pool, units);
    const shiftOf = new Map(lines.map((line) => [line.id, line.shift]));
    const odd = await readOddCounts(pool, {
      units,
      fromMs: Math.min(nowMs, ...lines.map(({ shift }) => shift.startMs)),
      limitPerUnit: lineEventsMax,
    });
    const news = await readAlarmNews(pool, {
      lines: lines.map(({ id }) => id),
      fromMs: Math.min(nowMs, ...lines.map(({ shift }) => shift.startMs)),
      limitPerLine: lineEventsMax,
    });
    const samples = await this.#readNewSamples(lines);
    const counts = Map.groupBy(
      await readRecentCounts(pool, {
        units: lines.flatMap((line) =>
          line.units().map(({ id }) => ({ id, shiftStartMs: line.shift.startMs })),
        ),
        rateFromMs: nowMs - rateWindowMs,
        stepMs: rateStepMs,
      }),
      (count) => count.unit,
    );
    const rows = { spans: spans.byUnit, firstStates, odd, news, counts, nowMs };
    return {
      samples,
      counts,
      shiftOf,
      lines: lines.map((line) => [
        line,
        loadedLine(line, { ...rows, spansFromMs: spans.fromMs.get(line.id) ?? nowMs }),
      ]),
    };
  }

  /** Samples of the signals that have none yet; those of the others come with the commits. */
  async #readNewSamples(lines: LineBook[]): Promise<LatestSample[]> {
    const keys = lines
      .flatMap((line) => line.signals())
      .filter((signal) => signal.newest === undefined)
      .map((signal) => signal.bound.key);
    const samples: LatestSample[] = [];
    for (let at = 0; at < keys.length; at += signalsPerStatement) {
      const some = keys.slice(at, at + signalsPerStatement);
      samples.push(...(await readLatestSamples(this.#options.pool, some)));
    }
    return samples;
  }

  async #readSpans(lines: LineBook[], nowMs: number): Promise<LoadedSpans> {
    const loaded: LoadedSpans = { byUnit: new Map(), fromMs: new Map() };
    let unsettled = lines;
    for (const windowMs of spanWindowsMs) {
      const fromMs = nowMs - windowMs;
      const units = unsettled.flatMap((line) => line.units().map((unit) => unit.id));
      const rows = await readStates(this.#options.pool, {
        units,
        fromMs,
        toMs: nowMs + clockSkewMaxMs,
        limit: spansMax,
      });
      for (const unit of units) loaded.byUnit.set(unit, []);
      for (const { unit, ...span } of rows) loaded.byUnit.get(unit)?.push(span);
      for (const line of unsettled) loaded.fromMs.set(line.id, fromMs);
      unsettled = unsettled.filter((line) => !line.timelineOf(loaded.byUnit, fromMs).isSettled());
      if (unsettled.length === 0) break;
    }
    return loaded;
  }

  #apply(ground: Ground, windows: RecalculatedWindow[], buffer: readonly Committed[]): void {
    const { book, clock } = this.#options;
    const hasTooMuch = this.#buffered > bufferedChangesMax;
    const stillIn = ground.lines.filter(([line]) =>
      isSame(ground.shiftOf.get(line.id), line.shift),
    );
    for (const [line] of ground.lines) {
      if (hasTooMuch || !stillIn.some(([still]) => still === line)) this.#requested.add(line.id);
    }
    for (const [line, loaded] of stillIn) book.load(line.id, loaded);
    book.apply({ latest: ground.samples, counts: [], states: [] }, clock.now());
    const units = new Set(stillIn.flatMap(([line]) => line.units().map((unit) => unit.id)));
    for (const { counts, states } of buffer) {
      book.apply(
        {
          latest: [],
          counts: counts.filter(
            ({ unit, role, atMs }) =>
              units.has(unit) && atMs > newestCounted(ground.counts.get(unit), role),
          ),
          states: states.filter((state) => units.has(state.unit)),
        },
        clock.now(),
      );
    }
    for (const window of windows) {
      const unit = book.unit(window.unit);
      if (unit !== undefined) book.happened(unit.line.id, eventOfRecalculation(unit, window));
    }
  }
}

interface Ground {
  lines: [LineBook, LoadedLine][];
  counts: ReadonlyMap<string, RecentCount[]>;
  samples: LatestSample[];
  /** Whose pieces were read, by line. */
  shiftOf: ReadonlyMap<string, ShiftInstance>;
}

interface LoadedSpans {
  byUnit: Map<string, StateSpan[]>;
  /** How far back the spans of a line reach. */
  fromMs: Map<string, number>;
}

function isSame(a: ShiftInstance | undefined, b: ShiftInstance): boolean {
  return a?.id === b.id && a.startMs === b.startMs;
}

function around(a: RecalculatedWindow, b: RecalculatedWindow): RecalculatedWindow {
  return { unit: a.unit, fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) };
}
