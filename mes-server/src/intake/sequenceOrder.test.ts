import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sequenceOrder } from "./sequenceOrder.ts";

describe("the order of an edge node's messages", () => {
  test("follows the birth, through 255 to 0", () => {
    const order = sequenceOrder<string>();
    order.restart(254);
    expect(order.accept(255, "a")).toEqual({ kind: "inOrder", items: ["a"] });
    expect(order.accept(0, "b")).toEqual({ kind: "inOrder", items: ["b"] });
  });

  test("holds back what comes too early, until what is missing has come", () => {
    const order = sequenceOrder<string>();
    order.restart(0);
    expect(order.accept(2, "b")).toEqual({ kind: "waits" });
    expect(order.accept(3, "c")).toEqual({ kind: "waits" });
    expect(order.isWaiting).toBe(true);
    expect(order.accept(1, "a")).toEqual({ kind: "inOrder", items: ["a", "b", "c"] });
    expect(order.isWaiting).toBe(false);
  });

  test("gives up on what is missing, places without an item included", () => {
    const order = sequenceOrder<string | undefined>();
    order.restart(0);
    order.accept(2, undefined);
    order.accept(5, "e");
    expect(order.giveUp()).toEqual([undefined, "e"]);
    expect(order.accept(6, "f")).toEqual({ kind: "inOrder", items: ["f"] });
  });

  test("tells duplicates and the too late", () => {
    const order = sequenceOrder<string>();
    order.restart(0);
    order.accept(1, "a");
    order.accept(3, "c");
    expect(order.accept(1, "a")).toEqual({ kind: "behind" });
    expect(order.accept(3, "c")).toEqual({ kind: "behind" });
  });

  test("gives up by itself when too many wait", () => {
    const order = sequenceOrder<number>();
    order.restart(0);
    const kinds = Array.from({ length: 65 }, (_, index) => order.accept(index + 2, index).kind);
    expect(kinds.at(-1)).toBe("overflow");
    expect(order.isWaiting).toBe(false);
  });

  test("lets every message through once in order, whatever neighbours are exchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 600 }), (late) => {
        const arrivals = late
          .map((by, index) => ({ index, at: index + by }))
          .sort((a, b) => a.at - b.at);
        const order = sequenceOrder<number>();
        order.restart(255);
        const out = arrivals.flatMap(({ index }) => {
          const accepted = order.accept(index & 255, index);
          return accepted.kind === "inOrder" ? accepted.items : [];
        });
        expect(out).toEqual(late.map((_, index) => index));
      }),
    );
  });
});
