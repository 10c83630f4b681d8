import { fraction, oneOf, randomFor, wholeIn, type RandomState } from "../clock/random.ts";
import { deviceIds, type DeviceId } from "../plc/devices.ts";

/** What can be done to a plant while it runs. */
export const faultKinds = [
  "killGateway",
  "killServer",
  "killDatabase",
  "killBroker",
  "disconnectPlc",
  "duplicate",
  "reorder",
  "drop",
  "cut",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Done by the proxy between gateway and broker. */
export type WireFault =
  | {
      kind: "duplicate" | "reorder" | "drop";
      /** How many of the next messages it may befall. */
      messages: number;
    }
  | { kind: "cut" };

/** Times are milliseconds of the wall clock, from the beginning of the run. */
export type PlannedFault = { atMs: number } & (
  | WireFault
  | { kind: "killGateway" | "killServer" | "killDatabase" | "killBroker" }
  | { kind: "disconnectPlc"; plc: DeviceId; realMs: number }
);

/** Enough for a process to come back and catch up before the next blow. */
const apartMs = 6000;

/** The start is left to the plant's coming up, the end to its draining. */
const firstPart = 0.05;
const lastPart = 0.9;

/** Every kind in turn, in an order of chance, spread evenly with some chance in each place. */
export function planFaults(
  seed: number,
  realDurationMs: number,
  kinds: readonly FaultKind[],
): PlannedFault[] {
  if (kinds.length === 0) return [];
  const random = randomFor(seed, "faults");
  const usableMs = realDurationMs * (lastPart - firstPart);
  const places = Math.max(kinds.length, Math.floor(usableMs / apartMs));
  const placeMs = usableMs / places;
  let bag: FaultKind[] = [];
  return Array.from({ length: places }, (_, place) => {
    if (bag.length === 0) bag = shuffled(kinds, random);
    const kind = bag.pop() ?? oneOf(random, faultKinds);
    const within = placeMs * (0.1 + 0.8 * fraction(random));
    return {
      atMs: Math.round(realDurationMs * firstPart + place * placeMs + within),
      ...detail(kind, random),
    };
  });
}

type Detail<T> = T extends unknown ? Omit<T, "atMs"> : never;

function detail(kind: FaultKind, random: RandomState): Detail<PlannedFault> {
  switch (kind) {
    case "disconnectPlc":
      return { kind, plc: oneOf(random, deviceIds), realMs: wholeIn(random, [200, 1500]) };
    case "duplicate":
    case "reorder":
    case "drop":
      return { kind, messages: wholeIn(random, [10, 60]) };
    default:
      return { kind };
  }
}

function shuffled<T>(items: readonly T[], random: RandomState): T[] {
  const rest = [...items];
  for (let last = rest.length - 1; last > 0; last -= 1) {
    const other = wholeIn(random, [0, last]);
    [rest[last], rest[other]] = [rest[other] as T, rest[last] as T];
  }
  return rest;
}
