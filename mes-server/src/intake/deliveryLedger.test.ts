import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliveryLedger } from "./deliveryLedger.ts";

describe("the delivery ledger", () => {
  test("takes a message once, and again when it was dropped", () => {
    const ledger = deliveryLedger();
    expect(ledger.take("a/b", 1, 1)).toBe("new");
    expect(ledger.take("a/b", 1, 1)).toBe("onItsWay");
    ledger.release("a/b", 1, 1);
    expect(ledger.take("a/b", 1, 1)).toBe("new");
    ledger.commit("a/b", 1, 1);
    expect(ledger.take("a/b", 1, 1)).toBe("committed");
    expect(ledger.take("a/b", 2, 1)).toBe("new");
  });

  test("goes on from what the database says", () => {
    const ledger = deliveryLedger();
    ledger.learn("a/b", 0, [
      [1, 3],
      [7, 9],
    ]);
    expect(ledger.take("a/b", 0, 8)).toBe("committed");
    expect(ledger.take("a/b", 0, 4)).toBe("new");
    expect(ledger.nextSequence("a/b", 0)).toBe(10);
  });

  test("keeps ranges ascending, apart, and of exactly what was committed", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 100 }), (sequences) => {
        const ledger = deliveryLedger();
        for (const sequence of sequences) ledger.commit("a/b", 1, sequence);
        const ranges = ledger.ranges("a/b", 1);
        const inRanges = ranges.flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(inRanges).toEqual([...new Set(sequences)].sort((a, b) => a - b));
        expect(ranges.every(([first], index) => first > (ranges[index - 1]?.[1] ?? -1) + 1)).toBe(
          true,
        );
      }),
    );
  });
});
