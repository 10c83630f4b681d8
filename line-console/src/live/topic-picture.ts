import type {
  AndonState,
  Delta,
  LineState,
  SubscribeAnswer,
  Topic,
  TopicChange,
} from "@only-mes/protocols/console/live";
import { lineEventsMax } from "@only-mes/protocols/console/live";

/** What the console has of one topic. */
export interface TopicPicture {
  topic: Topic;
  epoch: string;
  seq: number;
  state: AndonState | LineState;
}

export type TopicStep =
  | { kind: "applied"; picture: TopicPicture }
  | { kind: "ignored" }
  | { kind: "gap" };

/**
 * A conflated delta may begin before the picture's sequence: its values are the latest ones of its
 * end, so that only its events have to be told apart.
 */
export function applyDelta(picture: TopicPicture, delta: Delta): TopicStep {
  if (delta.epoch !== picture.epoch || delta.fromSeq > picture.seq) return { kind: "gap" };
  if (delta.seq <= picture.seq) return { kind: "ignored" };
  const state = changed(picture.state, delta.change);
  return { kind: "applied", picture: { ...picture, seq: delta.seq, state } };
}

export function applyAnswer(
  picture: TopicPicture | undefined,
  answer: Exclude<SubscribeAnswer, { kind: "refused" }>,
): TopicStep {
  const { topic, epoch, seq } = answer;
  if (answer.kind === "snapshot") {
    return { kind: "applied", picture: { topic, epoch, seq, state: answer.state } };
  }
  if (picture === undefined || picture.epoch !== epoch) return { kind: "gap" };
  let caughtUp = picture;
  for (const delta of answer.deltas) {
    const step = applyDelta(caughtUp, delta);
    if (step.kind === "gap") return step;
    if (step.kind === "applied") caughtUp = step.picture;
  }
  return caughtUp.seq < seq ? { kind: "gap" } : { kind: "applied", picture: caughtUp };
}

function changed(state: AndonState | LineState, change: TopicChange): AndonState | LineState {
  if ("lines" in state) return { lines: merged(state.lines, change.lines) };
  return {
    line: change.line ?? state.line,
    units: merged(state.units, change.units),
    signals: merged(state.signals, change.signals),
    events: appended(state.events, change.events),
  };
}

function merged<Entry>(
  entries: Record<string, Entry>,
  changes: Record<string, Entry> | undefined,
): Record<string, Entry> {
  return changes === undefined ? entries : { ...entries, ...changes };
}

function appended(
  events: LineState["events"],
  added: LineState["events"] | undefined,
): LineState["events"] {
  if (added === undefined || added.length === 0) return events;
  const known = new Set(events.map((event) => event.id));
  const fresh = added.filter((event) => !known.has(event.id));
  return fresh.length === 0 ? events : [...events, ...fresh].slice(-lineEventsMax);
}
