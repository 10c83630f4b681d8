import { describe, expect, it } from "vitest";
import type { StateSpan } from "../lines/line-states.ts";
import { defaultReasonTree } from "./default-reason-tree.ts";
import { deriveStops, type StopInputs } from "./deriveStops.ts";
import type { StopEdit } from "./stop-edit.ts";

const minuteMs = 60_000;
const equipment = "line-1.press";

/** States by the minute at which each begins; the last one lasts unless it is `end`. */
function spansOf(...begins: [minute: number, state: StateSpan["state"] | "end"][]): StateSpan[] {
  return begins.flatMap(([minute, state], index) =>
    state === "end"
      ? []
      : [{ state, fromMs: minute * minuteMs, toMs: atMs(begins[index + 1]?.[0]) }],
  );
}

function atMs(minute: number | undefined): number | null {
  return minute === undefined ? null : minute * minuteMs;
}

function stops(spans: StateSpan[], inputs: Partial<StopInputs> = {}) {
  return deriveStops({
    equipment,
    spans,
    thresholds: [{ fromMs: 0, thresholdMs: 5 * minuteMs }],
    stopCodes: [],
    edits: [],
    reasons: { versions: [defaultReasonTree] },
    ...inputs,
  });
}

let edits = 0;
function edit(
  kind: StopEdit["kind"],
  from: number,
  to: number | null,
  more: Partial<StopEdit> = {},
): StopEdit {
  edits += 1;
  return {
    id: `edit-${String(edits).padStart(4, "0")}`,
    equipment,
    kind,
    fromMs: from * minuteMs,
    toMs: to === null ? null : to * minuteMs,
    occurredAtMs: edits * 1000 + 10_000 * minuteMs,
    ...more,
  };
}

/** `from-to reason` in minutes. */
function shown(found: ReturnType<typeof stops>): string[] {
  return found.map(
    ({ fromMs, toMs, reason, lossClass }) =>
      `${fromMs / minuteMs}-${toMs === null ? "" : toMs / minuteMs} ${reason ?? lossClass}`,
  );
}

describe("stops", () => {
  it("[ST1] are the longest times in which equipment did not produce", () => {
    const spans = spansOf(
      [0, "Execute"],
      [10, "Holding"],
      [11, "Held"],
      [30, "Completing"],
      [31, "Stopped"],
    );
    expect(stops(spans)).toMatchObject([
      { id: `${equipment}@600000`, state: "Holding", parts: [{ fromMs: 600_000 }] },
      { fromMs: 31 * minuteMs, toMs: null, isMicrostop: false, lossClass: "unassigned" },
    ]);
  });

  it("[ST2] are not the times that nobody observed", () => {
    const spans = spansOf([0, "Held"], [10, "Unknown"], [11, "Held"], [20, "end"]);
    expect(shown(stops(spans))).toEqual([
      "0-10 unassigned",
      "10-11 unobserved",
      "11-20 unassigned",
    ]);
    expect(stops(spans)[1]).toMatchObject({ state: "Unknown", isMicrostop: false });
  });

  it("[ST4] keep the reason that was given while they lasted, to their end", () => {
    const given = edit("reason", 10, null, { reason: "jam", occurredAtMs: 15 * minuteMs });
    const ended = spansOf([0, "Execute"], [10, "Held"], [40, "Execute"], [50, "Held"], [60, "end"]);
    expect(shown(stops(ended, { edits: [given] }))).toEqual(["10-40 jam", "50-60 unassigned"]);
    const late = spansOf([0, "Execute"], [10, "Held"], [12, "Execute"], [50, "Held"], [60, "end"]);
    expect(shown(stops(late, { edits: [given] }))).toEqual(["10-12 jam", "50-60 unassigned"]);
  });

  it("[ST5] a late sample that splits a stop leaves the reason on both parts, one that moves it leaves it there", () => {
    const given = edit("reason", 10, 40, { reason: "jam" });
    const split = spansOf([9, "Held"], [20, "Execute"], [22, "Held"], [45, "end"]);
    expect(shown(stops(split, { edits: [given] }))).toEqual(["9-20 jam", "22-45 jam"]);
  });

  it("[ST5] a late sample that joins two stops leaves each time its reason", () => {
    const first = edit("reason", 10, 20, { reason: "jam" });
    const second = edit("reason", 30, 40, { reason: "cleaning" });
    const joined = spansOf([10, "Held"], [40, "end"]);
    expect(shown(stops(joined, { edits: [first, second] }))).toEqual([
      "10-30 jam",
      "30-40 cleaning",
    ]);
  });

  it("[ST6] are cut where people cut them, and both parts keep the reason", () => {
    const spans = spansOf([10, "Held"], [40, "end"]);
    const given = edit("reason", 10, 40, { reason: "jam" });
    const cut = edit("split", 20, 20);
    const other = edit("reason", 20, 40, { reason: "cleaning" });
    expect(shown(stops(spans, { edits: [given, cut] }))).toEqual(["10-20 jam", "20-40 jam"]);
    expect(shown(stops(spans, { edits: [other, cut, given] }))).toEqual([
      "10-20 jam",
      "20-40 cleaning",
    ]);
  });

  it("[ST7] are joined over the short runs between them, which stay runs", () => {
    const spans = spansOf([10, "Held"], [20, "Execute"], [22, "Held"], [40, "end"]);
    const given = edit("reason", 22, 40, { reason: "jam" });
    const join = edit("merge", 10, 40);
    expect(stops(spans, { edits: [given, join] })).toMatchObject([
      {
        fromMs: 10 * minuteMs,
        toMs: 40 * minuteMs,
        reason: "jam",
        parts: [
          { fromMs: 10 * minuteMs, toMs: 20 * minuteMs },
          { fromMs: 22 * minuteMs, toMs: 40 * minuteMs },
        ],
      },
    ]);
  });
});
