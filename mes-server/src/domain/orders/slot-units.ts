/** Of each piece it is known whose it is: a unit that no slot of its line names is of slot 1. */
export function slotOfUnit(
  unit: string,
  slots: readonly { slot: number; units: readonly string[] }[],
): number {
  return slots.find(({ units }) => units.includes(unit))?.slot ?? 1;
}
