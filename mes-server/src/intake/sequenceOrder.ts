/**
 * Brings the messages of one edge node into the order of their Sparkplug sequence, 0 to 255. What
 * comes too early waits, within a bound, for what is missing. Pure: the edge keeps the timer.
 */
export interface SequenceOrder<Item> {
  /** NBIRTH: the next message has sequence `birthSeq + 1`. What waited belongs to the time before. */
  restart(birthSeq: number): void;
  /** There is no order to keep until the next birth. */
  stop(): void;
  accept(seq: number, item: Item): Accepted<Item>;
  /** Gives up on what is missing: the waiting items, in order. */
  giveUp(): Item[];
  readonly isWaiting: boolean;
}

type Accepted<Item> =
  | { kind: "inOrder"; items: Item[] }
  /** Items before it are missing. */
  | { kind: "waits" }
  /** Its place has passed: a duplicate, or so late that it was given up on. */
  | { kind: "behind" }
  /** Too many wait: they were given up on, in order, with the gap that this leaves. */
  | { kind: "overflow"; items: Item[] };

const waitingMax = 64;

export function sequenceOrder<Item>(): SequenceOrder<Item> {
  let expected: number | undefined;
  const waiting = new Map<number, Item>();

  const drain = (items: Item[]): Item[] => {
    for (;;) {
      // An item may itself be undefined: presence is asked for, not value.
      if (expected === undefined || !waiting.has(expected)) return items;
      items.push(waiting.get(expected) as Item);
      waiting.delete(expected);
      expected = (expected + 1) & 255;
    }
  };

  const giveUp = (): Item[] => {
    const items: Item[] = [];
    while (waiting.size > 0 && expected !== undefined) {
      drain(items);
      if (waiting.size > 0) expected = (expected + 1) & 255;
    }
    return items;
  };

  return {
    restart(birthSeq) {
      waiting.clear();
      expected = (birthSeq + 1) & 255;
    },
    stop() {
      waiting.clear();
      expected = undefined;
    },
    accept(seq, item) {
      // Without a birth there is no order to keep.
      if (expected === undefined) return { kind: "inOrder", items: [item] };
      const ahead = (seq - expected) & 255;
      if (ahead === 0) {
        expected = (expected + 1) & 255;
        return { kind: "inOrder", items: drain([item]) };
      }
      if (ahead >= 128 || waiting.has(seq)) return { kind: "behind" };
      waiting.set(seq, item);
      return waiting.size > waitingMax ? { kind: "overflow", items: giveUp() } : { kind: "waits" };
    },
    giveUp,
    get isWaiting() {
      return waiting.size > 0;
    },
  };
}
