import type {
  LineDefinition,
  SignalDefinition,
  UnitDefinition,
} from "@only-mes/protocols/plant/signal";

/** What an engineer has bound a signal to: all that its definition says of production. */
export type SignalMeaning = Pick<
  SignalDefinition,
  "role" | "states" | "modes" | "counterBits" | "maxRatePerSecond"
>;

/** What holds of a signal: what its birth tells, in the place and the meaning that the plant model gives it. */
export function effectiveDefinition(
  born: SignalDefinition,
  place: { line: LineDefinition; unit: UnitDefinition },
  meaning: SignalMeaning | undefined,
): SignalDefinition {
  if (meaning === undefined) return { ...born, ...place };
  const { states: _, modes: __, counterBits: ___, maxRatePerSecond: ____, ...rest } = born;
  return { ...rest, ...place, ...meaning };
}
