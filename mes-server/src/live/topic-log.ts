import {
  lineEventsMax,
  type AndonState,
  type Delta,
  type LineEvent,
  type LineState,
  type Topic,
  type TopicChange,
} from "@only-mes/protocols/console/live";

/** Bounds of what is kept for consoles that come back, or that are late, on each topic. */
export interface LogBounds {
  deltasMax: number;
  /** Pictures and events in all kept deltas. */
  entriesMax: number;
}

const defaultLogBounds: LogBounds = { deltasMax: 600, entriesMax: 2_000 };

/**
 * The published state of one topic and its newest deltas. It is the only buffer between the plant
 * and all consoles: whoever is late gets the deltas since then, merged, or begins with a snapshot.
 */
export class TopicLog<State extends AndonState | LineState = AndonState | LineState> {
  readonly topic: Topic;
  readonly #epoch: string;
  readonly #bounds: LogBounds;
  readonly #state: State;
  readonly #deltas: Delta[] = [];
  #entries = 0;
  #seq = 0;
  /** Merged deltas of this sequence: many late consoles are late by as much. */
  #merged = new Map<number, Delta>();

  constructor(topic: Topic, epoch: string, state: State, bounds: LogBounds = defaultLogBounds) {
    this.topic = topic;
    this.#epoch = epoch;
    this.#state = state;
    this.#bounds = bounds;
  }

  get seq(): number {
    return this.#seq;
  }

  get state(): State {
    return this.#state;
  }

  publish(change: TopicChange): Delta {
    const fromSeq = this.#seq;
    this.#seq += 1;
    apply(this.#state, change);
    const delta: Delta = { topic: this.topic, epoch: this.#epoch, fromSeq, seq: this.#seq, change };
    this.#deltas.push(delta);
    this.#entries += entriesOf(change);
    this.#merged.clear();
    while (
      this.#deltas.length > this.#bounds.deltasMax ||
      this.#entries > this.#bounds.entriesMax
    ) {
      const oldest = this.#deltas.shift();
      if (oldest === undefined) break;
      this.#entries -= entriesOf(oldest.change);
    }
    return delta;
  }

  /**
   * One delta with all that changed since a sequence, or undefined if that is no longer known, or
   * holds more events than a console keeps: then only a snapshot helps.
   */
  since(fromSeq: number): Delta | undefined {
    const missed = this.#seq - fromSeq;
    if (missed < 0 || missed > this.#deltas.length) return undefined;
    const known = this.#merged.get(fromSeq);
    if (known !== undefined) return known;
    const deltas = missed === 0 ? [] : this.#deltas.slice(-missed);
    const change = deltas.length === 1 ? deltas[0]?.change : merged(deltas.map((d) => d.change));
    if (change === undefined || (change.events?.length ?? 0) > lineEventsMax) return undefined;
    const delta: Delta = { topic: this.topic, epoch: this.#epoch, fromSeq, seq: this.#seq, change };
    this.#merged.set(fromSeq, delta);
    return delta;
  }
}

/** Several changes as one: of each picture the newest, of events all, in their order. */
function merged(changes: readonly TopicChange[]): TopicChange {
  const into: TopicChange = {};
  for (const change of changes) {
    if (change.line !== undefined) into.line = change.line;
    if (change.lines !== undefined) into.lines = { ...into.lines, ...change.lines };
    if (change.units !== undefined) into.units = Object.assign(into.units ?? {}, change.units);
    if (change.signals !== undefined) {
      into.signals = Object.assign(into.signals ?? {}, change.signals);
    }
    if (change.events !== undefined) into.events = [...(into.events ?? []), ...change.events];
  }
  return into;
}

/** Brings a state up to date with a change: what a console does with each delta, too. */
export function apply(state: AndonState | LineState, change: TopicChange): void {
  if ("lines" in state) {
    Object.assign(state.lines, change.lines);
    return;
  }
  if (change.line !== undefined) state.line = change.line;
  Object.assign(state.units, change.units);
  Object.assign(state.signals, change.signals);
  if (change.events !== undefined) state.events = newest([...state.events, ...change.events]);
}

function newest(events: LineEvent[]): LineEvent[] {
  return events.slice(-lineEventsMax);
}

function entriesOf(change: TopicChange): number {
  return (
    Object.keys(change.lines ?? {}).length +
    Object.keys(change.units ?? {}).length +
    Object.keys(change.signals ?? {}).length +
    (change.events?.length ?? 0) +
    (change.line === undefined ? 0 : 1)
  );
}
