import { randomUUID } from "node:crypto";
import type {
  AndonState,
  Delta,
  LineEvent,
  LinePicture,
  LineState,
  SignalPicture,
  Topic,
  TopicChange,
  UnitPicture,
} from "@only-mes/protocols/console/live";

/** One topic as a server publishes it. */
export interface Publication {
  epoch: string;
  seq: number;
  state(): AndonState | LineState;
  /** What follows the sequence; nothing if it is not kept any more. */
  since(seq: number): Delta[] | undefined;
}

export interface ServedPlant {
  nowMs(): number;
  topic(topic: Topic): Publication | undefined;
  /** Body of a GET under /api/v1. */
  get(url: URL): unknown;
}

export interface LineChange {
  line?: Partial<LinePicture>;
  units?: Record<string, Partial<UnitPicture>>;
  signals?: Record<string, Partial<SignalPicture>>;
  events?: LineEvent[];
}

const deltasKept = 100;

/** A plant whose every value the test sets; it publishes each change as one delta. */
export function heldPlant(
  lines: LineState[],
  nowMs: () => number,
  get: (url: URL, lines: Map<string, LineState>) => unknown = () => undefined,
) {
  const states = new Map(lines.map((state) => [state.line.id, state]));
  const epoch = randomUUID();
  const logs = new Map<Topic, { seq: number; deltas: Delta[] }>();
  const topics: Topic[] = ["andon", ...[...states.keys()].map((id): Topic => `line:${id}`)];
  for (const topic of topics) logs.set(topic, { seq: 1, deltas: [] });

  function publish(topic: Topic, change: TopicChange): void {
    const log = logs.get(topic);
    if (log === undefined) throw new RangeError(`no topic ${topic}`);
    const fromSeq = log.seq;
    log.seq += 1;
    log.deltas = [...log.deltas, { topic, epoch, fromSeq, seq: log.seq, change }].slice(
      -deltasKept,
    );
  }

  function stateOf(topic: Topic): AndonState | LineState {
    if (topic === "andon") {
      return { lines: Object.fromEntries([...states].map(([id, { line }]) => [id, line])) };
    }
    return held(topic.slice("line:".length));
  }

  function held(lineId: string): LineState {
    const state = states.get(lineId);
    if (state === undefined) throw new RangeError(`no line ${lineId}`);
    return state;
  }

  return {
    nowMs,
    line: held,
    lineIds: (): string[] => [...states.keys()],
    topic(topic: Topic): Publication | undefined {
      const log = logs.get(topic);
      if (log === undefined) return undefined;
      return {
        epoch,
        seq: log.seq,
        state: () => stateOf(topic),
        since(seq) {
          const missed = log.deltas.filter((delta) => delta.seq > seq);
          const oldest = missed[0]?.fromSeq ?? log.seq;
          return oldest <= seq ? missed : undefined;
        },
      };
    },
    get: (url: URL): unknown => get(url, states),
    /** Changes a line; returns the topics that moved on. */
    change(lineId: string, change: LineChange): Topic[] {
      const before = held(lineId);
      const line = { ...before.line, ...change.line };
      const units = patched(before.units, change.units);
      const signals = patched(before.signals, change.signals);
      const events = change.events ?? [];
      states.set(lineId, {
        line,
        units: { ...before.units, ...units },
        signals: { ...before.signals, ...signals },
        events: [...before.events, ...events].slice(-50),
      });
      publish(`line:${lineId}`, { line, units, signals, events });
      publish("andon", { lines: { [lineId]: line } });
      return [`line:${lineId}`, "andon"];
    },
    /** Forgets the deltas kept, as a server does that has run on for long. */
    forgetDeltas(): void {
      for (const log of logs.values()) log.deltas = [];
    },
  };
}

export type HeldPlant = ReturnType<typeof heldPlant>;

function patched<Entry extends object>(
  entries: Record<string, Entry>,
  changes: Record<string, Partial<Entry>> | undefined,
): Record<string, Entry> {
  const result: Record<string, Entry> = {};
  for (const [key, change] of Object.entries(changes ?? {})) {
    const before = entries[key];
    if (before === undefined) throw new RangeError(`no entry ${key}`);
    result[key] = { ...before, ...change };
  }
  return result;
}
