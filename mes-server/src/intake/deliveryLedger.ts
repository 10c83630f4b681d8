import type { SequenceRange } from "@only-mes/protocols/sparkplug/delivery";

/** What of each source and epoch is committed, and what is on its way. The database has the last word. */
export interface DeliveryLedger {
  /** `new` takes it on its way. */
  take(source: string, epoch: number, sequence: number): "new" | "onItsWay" | "committed";
  /** It was dropped: it may come again. */
  release(source: string, epoch: number, sequence: number): void;
  commit(source: string, epoch: number, sequence: number): void;
  /** As the database says; what is on its way stays so. */
  learn(source: string, epoch: number, ranges: readonly SequenceRange[]): void;
  isCommitted(source: string, epoch: number, sequence: number): boolean;
  ranges(source: string, epoch: number): readonly SequenceRange[];
  /** The sequence behind the last one of a source that numbers nothing itself. */
  nextSequence(source: string, epoch: number): number;
}

interface Page {
  ranges: [number, number][];
  onItsWay: Set<number>;
  highest: number;
}

export function deliveryLedger(): DeliveryLedger {
  const pages = new Map<string, Page>();

  const page = (source: string, epoch: number): Page => {
    const key = `${source} ${epoch}`;
    let found = pages.get(key);
    if (found === undefined) {
      found = { ranges: [], onItsWay: new Set(), highest: 0 };
      pages.set(key, found);
    }
    return found;
  };

  return {
    take(source, epoch, sequence) {
      const { ranges, onItsWay } = page(source, epoch);
      if (contains(ranges, sequence)) return "committed";
      if (onItsWay.has(sequence)) return "onItsWay";
      onItsWay.add(sequence);
      return "new";
    },
    release(source, epoch, sequence) {
      page(source, epoch).onItsWay.delete(sequence);
    },
    commit(source, epoch, sequence) {
      const { ranges, onItsWay } = page(source, epoch);
      onItsWay.delete(sequence);
      addRange(ranges, sequence, sequence);
    },
    learn(source, epoch, ranges) {
      const known = page(source, epoch);
      known.ranges = ranges.map(([first, last]) => [first, last]);
      known.highest = Math.max(known.highest, ranges.at(-1)?.[1] ?? 0);
    },
    isCommitted: (source, epoch, sequence) => contains(page(source, epoch).ranges, sequence),
    ranges: (source, epoch) => page(source, epoch).ranges,
    nextSequence(source, epoch) {
      const known = page(source, epoch);
      known.highest += 1;
      return known.highest;
    },
  };
}

/** Index of the first range that ends at or behind `sequence`. */
function position(ranges: readonly SequenceRange[], sequence: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.[1] ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function contains(ranges: readonly SequenceRange[], sequence: number): boolean {
  const range = ranges[position(ranges, sequence)];
  return range !== undefined && range[0] <= sequence;
}

/** Adds `[first, last]`, which nothing in `ranges` overlaps or all of which is in it already. */
function addRange(ranges: [number, number][], first: number, last: number): void {
  const at = position(ranges, first);
  const next = ranges[at];
  if (next !== undefined && next[0] <= first) return;
  const before = ranges[at - 1];
  const joinsBefore = before !== undefined && before[1] + 1 === first;
  const joinsNext = next !== undefined && next[0] === last + 1;
  if (joinsBefore && joinsNext) {
    before[1] = next[1];
    ranges.splice(at, 1);
  } else if (joinsBefore) before[1] = last;
  else if (joinsNext) next[0] = first;
  else ranges.splice(at, 0, [first, last]);
}
