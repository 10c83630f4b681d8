import type { Frame, LineState, LinePicture } from "@only-mes/protocols/console/live";
import { wallClockSetting, plantClock } from "@only-mes/protocols/plant/clock";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Delivery } from "./delivery.ts";
import { apply, type LogBounds } from "./topic-log.ts";
import { Topics } from "./topics.ts";

const line: LinePicture = {
  id: "l",
  name: "L",
  area: "a",
  site: "s",
  state: "Execute",
  stateSinceMs: 0,
  shift: { id: "2026-11-23 early", name: "early", startMs: 0, endMs: 1 },
  good: 0,
  scrap: 0,
  ratePerMinute: 0,
  lastSampleAtMs: 0,
  stale: false,
};

function signal(id: string, value: number) {
  return {
    id,
    unit: "u",
    name: id,
    role: "analog",
    value,
    quality: 192,
    sourceTimeMs: 0,
    stale: false,
  };
}

/** A console as the contract describes it: a gap makes it subscribe again. */
class Model {
  state: LineState | undefined;
  seq = 0;
  epoch = "";
  readonly seenEvents = new Set<string>();
  readonly unanswered: Frame[] = [];
  gaps = 0;

  subscribe(delivery: Delivery, id: string): void {
    const known = this.state === undefined ? {} : { epoch: this.epoch, seq: this.seq };
    const answer = delivery.subscribe(id, { topic: "line:l", ...known });
    if (answer.kind === "refused") throw new Error(answer.message);
    this.epoch = answer.epoch;
    if (answer.kind === "snapshot") {
      this.state = structuredClone(answer.state) as LineState;
      for (const event of this.state.events) this.seenEvents.add(event.id);
    } else {
      for (const delta of answer.deltas) this.#apply(delta.change);
    }
    this.seq = answer.seq;
  }

  take(frame: Frame, delivery: Delivery, id: string): void {
    for (const delta of frame.deltas) {
      if (delta.fromSeq === this.seq) {
        this.#apply(delta.change);
        this.seq = delta.seq;
      } else {
        this.gaps += 1;
        this.subscribe(delivery, id);
      }
    }
  }

  #apply(change: Frame["deltas"][number]["change"]): void {
    if (this.state === undefined) return;
    for (const event of change.events ?? []) {
      if (this.seenEvents.has(event.id)) throw new Error(`event ${event.id} was sent twice`);
      this.seenEvents.add(event.id);
    }
    apply(this.state, structuredClone(change));
  }
}

type Step =
  | { kind: "publish"; signals: number[]; events: number }
  | { kind: "answer"; console: number }
  | { kind: "leave"; console: number }
  | { kind: "join"; console: number };

const consoles = 3;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      signals: fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }),
      events: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      console: fc.nat({ max: consoles - 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("leave" as const),
      console: fc.nat({ max: consoles - 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("join" as const),
      console: fc.nat({ max: consoles - 1 }),
    }),
  },
);

function run(steps: readonly Step[], bounds: LogBounds): Model[] {
  const topics = new Topics("epoch", plantClock(wallClockSetting), bounds);
  topics.publish([{ line: "l", change: { line } }]);
  const models = Array.from({ length: consoles }, () => new Model());
  const connected = new Set<number>();
  const delivery = new Delivery(topics, plantClock(wallClockSetting), (ids, frame) => {
    for (const id of ids) {
      const model = models[Number(id)];
      expect(model?.unanswered).toHaveLength(0);
      model?.unanswered.push(frame);
    }
  });
  const answer = (console: number): void => {
    const model = models[console];
    const frame = model?.unanswered.shift();
    if (model === undefined || frame === undefined) return;
    model.take(frame, delivery, String(console));
    delivery.applied(String(console));
  };
  const join = (console: number): void => {
    if (connected.has(console)) return;
    connected.add(console);
    delivery.join(String(console));
    models[console]?.subscribe(delivery, String(console));
  };
  const leave = (console: number): void => {
    connected.delete(console);
    delivery.leave(String(console));
    models[console]?.unanswered.splice(0);
  };
  let eventCount = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind === "answer") answer(step.console);
    else if (step.kind === "join") join(step.console);
    else if (step.kind === "leave") leave(step.console);
    else {
      const signals = step.signals.map((id) => [`s${id}`, signal(`s${id}`, index)]);
      const events = Array.from({ length: step.events }, () => {
        eventCount += 1;
        return { id: `e${eventCount}`, kind: "state" as const, unit: "u", atMs: index, text: "" };
      });
      topics.publish([{ line: "l", change: { signals: Object.fromEntries(signals), events } }]);
      delivery.deliver();
    }
  }
  for (let console = 0; console < consoles; console += 1) {
    join(console);
    while ((models[console]?.unanswered.length ?? 0) > 0) answer(console);
  }
  const truth = topics.log("line:l")?.state;
  for (const model of models) expect(model.state).toEqual(truth);
  return models;
}

describe("[LV1] [LV2] [LV3] however consoles come, go and are late", () => {
  it("all of them end with the state of the server, and see no event twice", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const models = run(steps, { deltasMax: 1_000, entriesMax: 10_000 });
        expect(models.reduce((gaps, model) => gaps + model.gaps, 0)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("also where only a few deltas are kept, so that many begin again with a snapshot", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const topics = new Topics("epoch", plantClock(wallClockSetting));
        expect(topics.log("andon")?.seq).toBe(0);
        run(steps, { deltasMax: 3, entriesMax: 6 });
      }),
      { numRuns: 200 },
    );
  });
});
