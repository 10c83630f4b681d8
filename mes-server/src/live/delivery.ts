import type {
  Delta,
  Frame,
  SubscribeAnswer,
  SubscribeRequest,
  Topic,
} from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { refusalText } from "./refusals.ts";
import type { Topics } from "./topics.ts";

export const topicsOfConsoleMax = 64;

interface Console {
  /** Up to which sequence each topic has been sent. */
  readonly sent: Map<Topic, number>;
  /** Real time at which the frame was sent that it has not answered yet. */
  awaitingSinceMs: number | undefined;
}

/** Sends one frame to several consoles, so that it is encoded once. */
export type SendFrame = (consoles: readonly string[], frame: Frame) => void;

/**
 * Who has what of which topic. A console has at most one unanswered frame; while it is late nothing
 * is kept for it but the sequences that it has: the answer is followed by all that it missed, merged.
 */
export class Delivery {
  readonly #topics: Topics;
  readonly #clock: PlantClock;
  readonly #realNow: () => number;
  readonly #send: SendFrame;
  readonly #consoles = new Map<string, Console>();

  constructor(topics: Topics, clock: PlantClock, send: SendFrame, realNow?: () => number) {
    this.#topics = topics;
    this.#clock = clock;
    this.#send = send;
    this.#realNow = realNow ?? (() => performance.now());
  }

  get consoles(): number {
    return this.#consoles.size;
  }

  /** Consoles that have not answered a frame for so long, in real time. */
  lateConsoles(afterMs: number): number {
    const before = this.#realNow() - afterMs;
    let late = 0;
    for (const { awaitingSinceMs } of this.#consoles.values()) {
      if (awaitingSinceMs !== undefined && awaitingSinceMs < before) late += 1;
    }
    return late;
  }

  join(id: string): void {
    this.#consoles.set(id, { sent: new Map(), awaitingSinceMs: undefined });
  }

  leave(id: string): void {
    this.#consoles.delete(id);
  }

  subscribe(id: string, request: SubscribeRequest): SubscribeAnswer {
    const console = this.#consoles.get(id);
    const { topic } = request;
    if (
      console === undefined ||
      (console.sent.size >= topicsOfConsoleMax && !console.sent.has(topic))
    ) {
      return {
        kind: "refused",
        topic,
        code: "topics_too_many",
        message: refusalText("topics_too_many", `At most ${topicsOfConsoleMax} are served.`),
      };
    }
    const answer = this.#topics.answer(request);
    if (answer.kind !== "refused") console.sent.set(answer.topic, answer.seq);
    return answer;
  }

  unsubscribe(id: string, topic: Topic): void {
    this.#consoles.get(id)?.sent.delete(topic);
  }

  /** The console has applied its frame, and gets what it has missed meanwhile. */
  applied(id: string): void {
    const console = this.#consoles.get(id);
    if (console === undefined) return;
    console.awaitingSinceMs = undefined;
    this.#deliverTo([[id, console]]);
  }

  /** After topics were published: to everyone who is not late. */
  deliver(): void {
    this.#deliverTo(this.#consoles);
  }

  #deliverTo(consoles: Iterable<[string, Console]>): void {
    const groups = new Map<string, { ids: string[]; deltas: Delta[] }>();
    const nowMs = this.#realNow();
    for (const [id, console] of consoles) {
      if (console.awaitingSinceMs !== undefined) continue;
      const deltas = this.#missing(console);
      if (deltas.length === 0) continue;
      console.awaitingSinceMs = nowMs;
      const key = deltas.map(({ topic, fromSeq }) => `${topic}@${fromSeq}`).join(" ");
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { ids: [id], deltas });
      else group.ids.push(id);
    }
    for (const { ids, deltas } of groups.values()) {
      this.#send(ids, { serverTimeMs: this.#clock.now(), deltas });
    }
  }

  #missing(console: Console): Delta[] {
    const deltas: Delta[] = [];
    for (const [topic, fromSeq] of console.sent) {
      const log = this.#topics.log(topic);
      if (log === undefined || log.seq === fromSeq) continue;
      const delta = log.since(fromSeq);
      if (delta === undefined) {
        console.sent.delete(topic);
        deltas.push(gap(topic, this.#topics.epoch, log.seq));
      } else {
        console.sent.set(topic, delta.seq);
        deltas.push(delta);
      }
    }
    return deltas;
  }
}

/** Follows nothing that the console has, so that it subscribes again and gets a snapshot. */
function gap(topic: Topic, epoch: string, seq: number): Delta {
  return { topic, epoch, fromSeq: seq, seq, change: {} };
}
