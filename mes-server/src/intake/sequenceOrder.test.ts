import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sequenceOrder } from "./sequenceOrder.ts";

describe("the order of an edge node's messages", () => {
  it("holds early ones back and lets them go in order", () => {
    const order = sequenceOrder<string>();
    order.restart(255);
    expect(order.accept(1, "b")).toEqual({ kind: "waits" });
    expect(order.accept(0, "a")).toEqual({ kind: "inOrder", items: ["a", "b"] });
    expect(order.accept(0, "a")).toEqual({ kind: "behind" });
    expect(order.isWaiting).toBe(false);
  });

  it("ends in any case, with items that are undefined too", () => {
    const order = sequenceOrder<undefined>();
    order.restart(0);
    expect(order.accept(2, undefined)).toEqual({ kind: "waits" });
    expect(order.giveUp()).toEqual([undefined]);
    for (let seq = 4; order.accept(seq, undefined).kind === "waits"; seq++);
    expect(order.isWaiting).toBe(false);
  });

  it("loses nothing and doubles nothing of what is shuffled within its reach", () => {
    const shuffled = fc.array(fc.nat(7), { minLength: 1, maxLength: 600 });
    fc.assert(
      fc.property(shuffled, (jumps) => {
        const order = sequenceOrder<number>();
        order.restart(255);
        const arrival = jumps
          .map((jump, index) => ({ index, at: index + jump }))
          .toSorted((a, b) => a.at - b.at || a.index - b.index);
        const got = arrival.flatMap(({ index }) => {
          const accepted = order.accept(index & 255, index);
          return "items" in accepted ? accepted.items : [];
        });
        expect([...got, ...order.giveUp()]).toEqual(jumps.map((_, index) => index));
      }),
      { seed: 1 },
    );
  });
});
