import type {
  AndonState,
  LineState,
  SubscribeAnswer,
  SubscribeRequest,
  Topic,
} from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { LineChanges } from "./picture-book.ts";
import { refusalText } from "./refusals.ts";
import { TopicLog, type LogBounds } from "./topic-log.ts";

/** All topics of this server: `andon`, and one for each line that it knows. */
export class Topics {
  readonly epoch: string;
  readonly #clock: PlantClock;
  readonly #bounds: LogBounds | undefined;
  readonly #andon: TopicLog<AndonState>;
  readonly #lines = new Map<string, TopicLog<LineState>>();

  /** The epoch tells the sequences of this server from those of the one before it. */
  constructor(epoch: string, clock: PlantClock, bounds?: LogBounds) {
    this.epoch = epoch;
    this.#clock = clock;
    this.#bounds = bounds;
    this.#andon = new TopicLog<AndonState>("andon", epoch, { lines: {} }, bounds);
  }

  log(topic: string): TopicLog | undefined {
    return topic === "andon" ? this.#andon : this.#lines.get(topic);
  }

  /** Publishes one delta a topic; answers which topics have one. */
  publish(changes: readonly LineChanges[]): Topic[] {
    const lines: AndonState["lines"] = {};
    const published: Topic[] = [];
    for (const { line, change } of changes) {
      if (change.line !== undefined) lines[line] = change.line;
      const log = this.#lineLog(line, change.line);
      if (log === undefined) continue;
      log.publish(change);
      published.push(log.topic);
    }
    if (Object.keys(lines).length > 0) {
      this.#andon.publish({ lines });
      published.push("andon");
    }
    return published;
  }

  /** A line's topic begins with its first picture. */
  #lineLog(id: string, line: LineState["line"] | undefined): TopicLog<LineState> | undefined {
    const topic: Topic = `line:${id}`;
    const known = this.#lines.get(topic);
    if (known !== undefined || line === undefined) return known;
    const state: LineState = { line, units: {}, signals: {}, events: [] };
    const log = new TopicLog(topic, this.epoch, state, this.#bounds);
    this.#lines.set(topic, log);
    return log;
  }

  /** What a console needs to be up to date: what it missed, or the whole. */
  answer({ topic, epoch, seq }: SubscribeRequest): SubscribeAnswer {
    const log = this.log(topic);
    if (log === undefined) {
      return {
        kind: "refused",
        topic,
        code: "topic_unknown",
        message: refusalText("topic_unknown", `It is called "${topic}".`),
      };
    }
    const head = { topic, epoch: this.epoch, seq: log.seq, serverTimeMs: this.#clock.now() };
    const missed = epoch === this.epoch && seq !== undefined ? log.since(seq) : undefined;
    return missed === undefined
      ? { kind: "snapshot", ...head, state: log.state }
      : { kind: "deltas", ...head, deltas: seq === log.seq ? [] : [missed] };
  }
}
