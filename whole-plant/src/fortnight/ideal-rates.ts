/** Ideal pieces a minute of the machines of riverside, from their shortest cycles. */
export const idealRates: Readonly<Record<string, number>> = {
  "assembly-1.frame": 60 / 18,
  "assembly-1.weld": 60 / 17,
  "assembly-1.paint": 60 / 17,
  "assembly-1.assemble": 60 / 17,
  "assembly-1.test": 60 / 16,
  "moulding-1.press-a": (4 * 60) / 42,
  "moulding-1.press-b": (4 * 60) / 44,
};
