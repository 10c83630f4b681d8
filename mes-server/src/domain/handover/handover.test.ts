import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { htmlOf, markdownOf, type Document } from "./document.ts";
import { clockOf } from "./local-time.ts";
import { count, lengthText, signed } from "./number-text.ts";
import { emptyTally, type KpiTally } from "../kpi/tally.ts";
import { roundedParts, withMinutes } from "./rounded-parts.ts";
import { remainder, slotTally } from "./slot-tally.ts";

describe("rounded parts", () => {
  it("add up to the whole, none of them off by one or more", () => {
    const parts = fc.array(fc.integer({ min: 0, max: 30_000_000 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(parts, (list) => {
        const sum = list.reduce((total, part) => total + part, 0);
        const whole = Math.round(sum / 60_000);
        const rounded = roundedParts(list, whole);
        expect(rounded.reduce((total, part) => total + part, 0)).toBe(sum === 0 ? 0 : whole);
        rounded.forEach((part, index) => {
          const exact = sum === 0 ? 0 : ((list[index] ?? 0) * whole) / sum;
          expect(Math.abs(part - exact)).toBeLessThan(1 + 1e-6);
        });
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it("give what is left to those that lost the most", () => {
    expect(roundedParts([1, 1, 1], 100)).toEqual([34, 33, 33]);
    expect(roundedParts([50.6, 30.3, 19.1], 100)).toEqual([51, 30, 19]);
    expect(roundedParts([], 5)).toEqual([]);
    expect(withMinutes([{ ms: 90_000 }, { ms: 90_000 }]).map(({ minutes }) => minutes)).toEqual([
      2, 1,
    ]);
  });
});

describe("a document", () => {
  const evil = '| # *x* <b>&"\nnew `line`';
  const document: Document = {
    title: evil,
    subtitle: "- sub",
    sections: [
      {
        title: "Table",
        blocks: [
          { kind: "table", head: ["What", "#min"], rows: [[evil, "1"]], total: ["Sum", "1"] },
          { kind: "list", items: [evil] },
        ],
      },
    ],
  };

  it("shows in Markdown what people wrote as they wrote it", () => {
    const safe = '\\| \\# \\*x\\* \\<b\\>&" new \\`line\\`';
    expect(markdownOf(document)).toBe(
      [
        `# ${safe}`,
        "\\- sub",
        "## Table",
        `| What | min |\n| --- | ---: |\n| ${safe} | 1 |\n| **Sum** | **1** |`,
        `- ${safe}\n`,
      ].join("\n\n"),
    );
  });

  it("and in HTML", () => {
    const page = htmlOf(document);
    expect(page).not.toContain("<b>");
    expect(page).toContain("*x* &lt;b&gt;&amp;&quot;");
  });
});

describe("words of a report", () => {
  it("are numbers and lengths as people read them", () => {
    expect([count(1_234_567), count(-1234), count(12), signed(5), signed(-5)]).toEqual([
      "1,234,567",
      "−1,234",
      "12",
      "+5",
      "−5",
    ]);
    expect([0, 59, 60, 61, 480].map(lengthText)).toEqual([
      "less than 1 min",
      "59 min",
      "1 h",
      "1 h 1 min",
      "8 h",
    ]);
  });

  it("are times of the site, with the day where it is another one", () => {
    const clock = clockOf("Europe/Berlin", "2026-10-24T20:00:00Z");
    expect(clock.at("2026-10-24T20:00:00Z")).toBe("22:00");
    expect(clock.at("2026-10-25T04:59:40Z")).toBe("06:00");
    expect(clock.at("2026-10-26T04:00:00Z")).toBe("Mon 26 Oct 05:00");
    expect(clock.day("2026-10-24T22:30:00Z")).toBe("Sunday, 25 October 2026");
  });
});

describe("jobs that run side by side", () => {
  const press = (id: string) => ({ id, position: 0, pacesLine: true, outputOfLine: true });
  const tally = (parts: Partial<KpiTally>): KpiTally => ({ ...emptyTally(), ...parts });

  it("are told by the units of their slots, and all add up to the line", () => {
    const made = tally({ goodPieces: 50, scrapPieces: 10, idealUs: 60_000, aptMs: 100 });
    const tallies = new Map([
      ["a", made],
      ["b", made],
    ]);
    expect(slotTally([press("a"), press("b")], tallies)).toMatchObject({
      goodPieces: 100,
      scrapPieces: 20,
      aptMs: 200,
      idealUs: 120_000,
    });
    const feeder = { id: "a", position: 0, pacesLine: true, outputOfLine: false };
    const packer = { id: "b", position: 1, pacesLine: false, outputOfLine: true };
    const inSeries = slotTally(
      [feeder, packer],
      new Map([
        ["a", made],
        ["b", tally({ goodPieces: 48 })],
      ]),
    );
    expect(inSeries).toMatchObject({
      goodPieces: 48,
      scrapPieces: 10,
      aptMs: 100,
      idealUs: 58_000,
    });
    expect(remainder(tally({ goodPieces: 150, scrapPieces: 10 }), [made, inSeries])).toMatchObject({
      goodPieces: 52,
      scrapPieces: -10,
    });
  });
});
