import type { SignalPicture, UnitPicture } from "@only-mes/protocols/console/live";

/** Ids of the units along the line. */
export function unitsInOrder(units: Readonly<Record<string, UnitPicture>>): string[] {
  return Object.values(units)
    .sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
    .map((unit) => unit.id);
}

/** What is measured comes before what is only counted or coded. */
const roles = [
  "analog",
  "status",
  "text",
  "goodCount",
  "scrapCount",
  "reworkCount",
  "stopCode",
  "machineState",
];

/** Ids of the signals of each unit, in an order that does not change with their values. */
export function signalsByUnit(
  signals: Readonly<Record<string, SignalPicture>>,
): Map<string, string[]> {
  const rank = (signal: SignalPicture) => (roles.indexOf(signal.role) + 9) % 9;
  const ordered = Object.values(signals).sort(
    (a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1),
  );
  return idsOf(Map.groupBy(ordered, (signal) => signal.unit));
}

function idsOf(groups: Map<string, SignalPicture[]>): Map<string, string[]> {
  return new Map([...groups].map(([unit, group]) => [unit, group.map((signal) => signal.id)]));
}
