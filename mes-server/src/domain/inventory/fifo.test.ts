import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeOldest, type StockLayer } from "./fifo.ts";

const layersOf = (...pairs: [number, number][]): StockLayer[] =>
  pairs.map(([quantity, unitPrice]) => ({ quantity, unitPrice }));

describe("stock that is taken oldest first", () => {
  it("leaves 5 at 20 of 1 at 10, 2 at 20, 1 at 20 and 5 at 20 when 4 are taken", () => {
    const { taken, left } = takeOldest(layersOf([1, 10], [2, 20], [1, 20], [5, 20]), 4);
    expect(left).toEqual(layersOf([5, 20]));
    expect(taken).toEqual(layersOf([1, 10], [2, 20], [1, 20]));
  });

  it("neither makes nor loses anything", () => {
    const layer = fc.record({
      quantity: fc.integer({ min: 1, max: 50 }),
      unitPrice: fc.integer({ min: 0, max: 9 }),
    });
    const worth = (of: readonly StockLayer[]): [number, number] => [
      of.reduce((sum, { quantity }) => sum + quantity, 0),
      of.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    ];
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 20 }), fc.nat(1000), (layers, wish) => {
        const wanted = Math.min(wish, worth(layers)[0]);
        const { taken, left } = takeOldest(layers, wanted);
        expect(worth([...taken, ...left])).toEqual(worth(layers));
        expect(worth(taken)[0]).toBe(wanted);
      }),
    );
  });

  it("is refused where there is less, or what is wanted is no whole number", () => {
    expect(() => takeOldest(layersOf([3, 10]), 4)).toThrow("4 are wanted, 3 are there");
    expect(() => takeOldest(layersOf([3, 10]), 0.5)).toThrow("not a whole number");
  });
});
