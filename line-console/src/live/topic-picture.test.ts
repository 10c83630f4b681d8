import type { Delta, LineEvent, LineState, TopicChange } from "@only-mes/protocols/console/live";
import { lineEventsMax } from "@only-mes/protocols/console/live";
import { describe, expect, it } from "vitest";
import { demoPlant } from "../../tests/demo-plant.ts";
import type { TopicPicture } from "./topic-picture.ts";
import { applyAnswer, applyDelta } from "./topic-picture.ts";

const topic = "line:bottling-1";
const plant = demoPlant(() => 1_000_000_000);
const state = plant.line("bottling-1");
const picture: TopicPicture = { topic, epoch: "a", seq: 10, state };

function delta(fromSeq: number, seq: number, change: TopicChange = {}, epoch = "a"): Delta {
  return { topic, epoch, fromSeq, seq, change };
}

function event(id: number): LineEvent {
  return { id: String(id), kind: "state", unit: "bottling-1.filler", atMs: id, text: "Execute" };
}

function applied(step: ReturnType<typeof applyDelta>): TopicPicture & { state: LineState } {
  if (step.kind !== "applied" || !("line" in step.picture.state)) throw new Error(step.kind);
  return { ...step.picture, state: step.picture.state };
}

describe("[LV6] a delta", () => {
  it("is applied when it follows", () => {
    const next = applied(applyDelta(picture, delta(10, 13, { line: { ...state.line, good: 7 } })));
    expect(next.seq).toBe(13);
    expect(next.state.line.good).toBe(7);
  });

  it("is applied when it overlaps, its events once", () => {
    const first = applied(applyDelta(picture, delta(10, 11, { events: [event(1)] })));
    const next = applied(applyDelta(first, delta(10, 12, { events: [event(1), event(2)] })));
    expect(next.seq).toBe(12);
    expect(next.state.events.slice(-2).map(({ id }) => id)).toEqual(["1", "2"]);
  });

  it.each([
    [delta(8, 10), "ignored"],
    [delta(2, 3), "ignored"],
    [delta(11, 12), "gap"],
    [delta(12, 12), "gap"],
    [delta(10, 11, {}, "b"), "gap"],
  ])("%j is: %s", (given, kind) => {
    expect(applyDelta(picture, given).kind).toBe(kind);
  });
});

describe("[LV7] an answer", () => {
  const head = { topic, epoch: "b", seq: 3, serverTimeMs: 0 } as const;

  it("with a snapshot replaces everything", () => {
    const step = applyAnswer(picture, { kind: "snapshot", ...head, state });
    expect(step).toEqual({ kind: "applied", picture: { topic, epoch: "b", seq: 3, state } });
  });

  it("with deltas catches up", () => {
    const deltas = [delta(9, 11), delta(11, 14)];
    const answer = { kind: "deltas", ...head, epoch: "a", seq: 14, deltas } as const;
    expect(applyAnswer(picture, { ...answer, deltas })).toMatchObject({ picture: { seq: 14 } });
  });

  it.each([
    ["of another epoch", picture, { ...head, deltas: [] }],
    ["for a picture that is not there", undefined, { ...head, epoch: "a", deltas: [] }],
    ["with a hole", picture, { ...head, epoch: "a", seq: 14, deltas: [delta(12, 14)] }],
    ["that ends too early", picture, { ...head, epoch: "a", seq: 14, deltas: [delta(10, 12)] }],
  ])("with deltas %s is a gap", (_what, held, answer) => {
    expect(applyAnswer(held, { kind: "deltas", ...answer }).kind).toBe("gap");
  });
});

it("[LV8] what a delta does not name stays the same object", () => {
  const [first, second] = Object.values(state.signals);
  if (first === undefined || second === undefined) throw new Error("no signals");
  const signals = { [first.id]: { ...first, value: 99 } };
  const next = applied(applyDelta(picture, delta(10, 11, { signals }))).state;
  expect(next.signals[first.id]?.value).toBe(99);
  expect(next.signals[second.id]).toBe(second);
  expect(next.units).toBe(state.units);
  expect(next.line).toBe(state.line);
  expect(next.events).toBe(state.events);
});

it("[LV9] keeps the newest events only", () => {
  const events = Array.from({ length: lineEventsMax + 5 }, (_, index) => event(index));
  const next = applied(applyDelta(picture, delta(10, 11, { events }))).state;
  expect(next.events).toHaveLength(lineEventsMax);
  expect(next.events.at(-1)?.id).toBe(String(lineEventsMax + 4));
});
