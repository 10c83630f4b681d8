/** Stock that came in at one price: whole smallest units, price a unit in whole smallest units of money. */
export interface StockLayer {
  quantity: number;
  unitPrice: number;
}

/**
 * Takes the oldest first. Answers what was taken, by price, and what is left, the oldest first.
 *
 * @throws {RangeError} if there is less than that, or the quantity is not a whole number from 0.
 */
export function takeOldest(
  layers: readonly StockLayer[],
  quantity: number,
): { taken: StockLayer[]; left: StockLayer[] } {
  if (!Number.isInteger(quantity) || quantity < 0) {
    throw new RangeError(`${quantity} is not a whole number from 0`);
  }
  const taken: StockLayer[] = [];
  const left: StockLayer[] = [];
  let wanted = quantity;
  for (const { quantity: there, unitPrice } of layers) {
    const part = Math.min(there, wanted);
    wanted -= part;
    if (part > 0) taken.push({ quantity: part, unitPrice });
    if (there > part) left.push({ quantity: there - part, unitPrice });
  }
  if (wanted > 0) throw new RangeError(`${quantity} are wanted, ${quantity - wanted} are there`);
  return { taken, left };
}
