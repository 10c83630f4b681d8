/** Ideal time a piece of a product on a line or unit, valid for a while. Seconds are never zero. */
export interface CycleStandard {
  /** A line, or one unit of it; the unit's own goes first. */
  equipment: string;
  /** null: whatever is produced there. */
  product: string | null;
  fromMs: number;
  /** null: until further notice. */
  toMs: number | null;
  idealCycleSeconds: number;
}
