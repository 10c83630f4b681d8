import { describe, expect, it } from "vitest";
import type { StateSpan } from "../domain/lines/line-states.ts";
import { LineTimeline } from "./line-timeline.ts";

function open(state: StateSpan["state"], fromMs: number): StateSpan[] {
  return [{ state, fromMs, toMs: null }];
}

describe("the state of a line and since when", () => {
  it("is that of its one pacing unit, however long ago it began", () => {
    const timeline = new LineTimeline(new Map([["filler", open("Execute", 5)]]), 1_000);
    expect(timeline.current()).toEqual({ state: "Execute", sinceMs: 5 });
    expect(timeline.isSettled()).toBe(true);
  });

  it("needs older spans where two units ran before the window", () => {
    const spans = new Map([
      ["left", open("Execute", 5)],
      ["right", open("Execute", 7)],
    ]);
    expect(new LineTimeline(spans, 1_000).isSettled()).toBe(false);
    spans.set("left", [
      { state: "Held", fromMs: 5, toMs: 2_000 },
      { state: "Execute", fromMs: 2_000, toMs: null },
    ]);
    spans.set("right", open("Held", 7));
    const timeline = new LineTimeline(spans, 1_000);
    expect(timeline.isSettled()).toBe(true);
    expect(timeline.current()).toEqual({ state: "Execute", sinceMs: 2_000 });
  });

  it("takes changes of units that are not in the order of the line", () => {
    const timeline = new LineTimeline(
      new Map([
        ["left", open("Held", 0)],
        ["right", open("Held", 0)],
      ]),
      0,
    );
    expect(timeline.change("left", "Execute", 50)).toBe(true);
    expect(timeline.change("right", "Execute", 40)).toBe(true);
    expect(timeline.current()).toEqual({ state: "Execute", sinceMs: 40 });
  });

  it("takes the same change twice as once, and says where a change is too old", () => {
    const timeline = new LineTimeline(new Map([["filler", open("Held", 100)]]), 0);
    timeline.change("filler", "Execute", 200);
    timeline.change("filler", "Execute", 200);
    expect(timeline.current()).toEqual({ state: "Execute", sinceMs: 200 });
    expect(timeline.change("filler", "Held", 150)).toBe(false);
  });

  it("remembers since when, long after the spans are forgotten", () => {
    const timeline = new LineTimeline(
      new Map([
        ["left", open("Held", 0)],
        ["right", open("Held", 0)],
      ]),
      0,
    );
    timeline.change("left", "Execute", 10);
    for (let turn = 1; turn <= 1_000; turn += 1) {
      const runs = turn % 2 === 0 ? "left" : "right";
      const rests = runs === "left" ? "right" : "left";
      timeline.change(runs, "Execute", turn * 100);
      timeline.change(rests, "Held", turn * 100 + 10);
    }
    expect(timeline.current()).toEqual({ state: "Execute", sinceMs: 10 });
    timeline.change("left", "Held", 200_000);
    timeline.change("right", "Held", 200_000);
    expect(timeline.current()).toEqual({ state: "Held", sinceMs: 200_000 });
  });
});
