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

  it("[ST7] a reason that is given with a merge is that of the whole, and a split parts it again", () => {
    const spans = spansOf([10, "Held"], [20, "Execute"], [22, "Held"], [40, "end"]);
    const join = edit("merge", 10, 40, { reason: "cleaning" });
    const cut = edit("split", 30, 30);
    expect(shown(stops(spans, { edits: [join] }))).toEqual(["10-40 cleaning"]);
    expect(shown(stops(spans, { edits: [join, cut] }))).toEqual([
      "10-30 cleaning",
      "30-40 cleaning",
    ]);
  });

  it("[ST9] are microstops below the threshold of their time, but not because they were cut", () => {
    const spans = spansOf([0, "Held"], [4, "Execute"], [10, "Held"], [16, "Execute"], [20, "Held"]);
    const cut = edit("split", 12, 12);
    expect(stops(spans, { edits: [cut] }).map(({ isMicrostop }) => isMicrostop)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const thresholds = [
      { fromMs: 0, thresholdMs: minuteMs },
      { fromMs: 5 * minuteMs, thresholdMs: 10 * minuteMs },
    ];
    expect(shown(stops(spans, { thresholds }))).toEqual([
      "0-4 unassigned",
      "10-16 minorStop",
      "20- unassigned",
    ]);
  });

  const tree = {
    ...defaultReasonTree,
    stopCodes: [
      { code: 20, reason: "breakdown-mechanical", equipment: null },
      { code: 20, reason: "jam", equipment: "line-1" },
      { code: 30, reason: "cleaning", equipment: "line-2" },
    ],
  };

  it("[ST10] have the reason of the stop code that held or soon came, by what is said of it nearest", () => {
    const spans = spansOf([10, "Held"], [20, "Execute"], [30, "Held"], [50, "end"]);
    const reasons = { versions: [tree] };
    const coded = (...codes: [minute: number, code: number | null][]) =>
      shown(
        stops(spans, {
          reasons,
          stopCodes: codes.map(([minute, code]) => ({ atMs: minute * minuteMs, code })),
        }),
      );
    expect(coded([0, 0], [10.1, 20], [20, 0])).toEqual(["10-20 jam", "30-50 unassigned"]);
    expect(coded([9, 20], [31, 20])).toEqual(["10-20 jam", "30-50 jam"]);
    expect(coded([0, 0], [12, 20], [20, null])).toEqual(["10-20 unassigned", "30-50 unassigned"]);
    expect(coded([9, 30], [20, 0])).toEqual(["10-20 unassigned", "30-50 unassigned"]);
    const given = edit("reason", 10, 20, { reason: "trial" });
    const stopCodes = [{ atMs: 9 * minuteMs, code: 20 }];
    expect(stops(spans, { reasons, stopCodes, edits: [given] })[0]).toMatchObject({
      reason: "trial",
      reasonFrom: "person",
    });
  });

  it("[ST11] are planned for as long as the mode is not one of production", () => {
    const spans = spansOf([10, "Stopped"], [60, "end"]);
    const outsideProduction = [{ fromMs: 20 * minuteMs, toMs: 50 * minuteMs }];
    expect(shown(stops(spans, { outsideProduction }))).toEqual([
      "10-20 unassigned",
      "20-50 planned",
      "50-60 unassigned",
    ]);
    const given = edit("reason", 10, 60, { reason: "breakdown-mechanical" });
    expect(shown(stops(spans, { outsideProduction, edits: [given] }))).toEqual([
      "10-60 breakdown-mechanical",
    ]);
  });

  it("[ST12] are put down to what came last before them, as long as that goes on", () => {
    const spans = spansOf([10, "Held"], [60, "end"]);
    const explanation = (source: string, from: number, to: number, reason: string) => ({
      source,
      fromMs: from * minuteMs,
      toMs: to * minuteMs,
      cause: { reason, reasonFrom: "person" as const, lossClass: "breakdown" as const },
    });
    const explanations = [
      explanation("a", 0, 60, "old"),
      explanation("b", 10.05, 30, "new"),
      explanation("b", 30, 60, "newer"),
      explanation("c", 20, 60, "later"),
    ];
    expect(shown(stops(spans, { explanations }))).toEqual(["10-30 new", "30-60 newer"]);
  });

  it("[ST13] are classed by the tree of their begin, and a reason that is gone keeps its name", () => {
    const spans = spansOf([10, "Held"], [20, "Execute"], [30, "Held"], [50, "end"]);
    const [jam] = defaultReasonTree.reasons.filter(({ code }) => code === "jam");
    if (jam === undefined) throw new Error("the default tree has no jam");
    const later = {
      version: 1,
      fromMs: 25 * minuteMs,
      stopCodes: [],
      reasons: [
        { ...jam, lossClass: "breakdown" as const },
        { ...jam, code: "glue", lossClass: "material" as const },
      ],
    };
    const reasons = { versions: [defaultReasonTree, later] };
    const classes = (reason: string) =>
      stops(spans, { reasons, edits: [edit("reason", 0, 60, { reason })] }).map(
        ({ lossClass }) => lossClass,
      );
    expect(classes("jam")).toEqual(["minorStop", "breakdown"]);
    expect(classes("glue")).toEqual(["material", "material"]);
    expect(classes("trial")).toEqual(["planned", "planned"]);
  });
});
