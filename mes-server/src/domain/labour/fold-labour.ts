/** Somebody has signed on or off; facts may come in any order. */
export interface LabourFact {
  id: string;
  person: string;
  kind: "on" | "off";
  /** A line or a unit; `null` of an `off`: everywhere. */
  equipment: string | null;
  role: string | null;
  atMs: number;
}

export interface LabourInterval {
  person: string;
  equipment: string;
  role: string;
  fromMs: number;
  /** null while it lasts. */
  toMs: number | null;
  /** `shiftEnd`: nobody signed off, the shift and its tolerance were over. */
  endedBy: "signOff" | "signOn" | "shiftEnd" | null;
}

export interface LabourRule {
  /** Whether somebody may be signed on at other places of such lines at the same time. */
  severalPlaces: boolean;
  toleranceMs: number;
}

/** What the fold must know of the plant. */
export interface LabourPlant {
  ruleAt(equipment: string, atMs: number): LabourRule;
  /** Shifts of the line, in order, around the facts. */
  shiftsOf(equipment: string): readonly { startMs: number; endMs: number }[];
}

const hourMs = 3_600_000;
/** Outside of every shift, a forgotten sign-off ends after this. */
const unscheduledMs = 12 * hourMs;
const toleranceMsMax = 4 * hourMs;
/** No sign-on lasts longer: shifts end within a day, the next one too if somebody came early. */
export const labourMsMax = 48 * hourMs + toleranceMsMax;

interface Open {
  fact: LabourFact & { equipment: string };
  rule: LabourRule;
  capMs: number;
}

/** Who was where, from facts in the order of (at, id) whatever the order in which they came. */
export function foldLabour(
  facts: readonly LabourFact[],
  plant: LabourPlant,
  nowMs: number,
): LabourInterval[] {
  const byPerson = Map.groupBy(facts, ({ person }) => person);
  return [...byPerson.values()]
    .flatMap((own) => foldPerson(own, plant, nowMs))
    .sort(
      (a, b) =>
        a.fromMs - b.fromMs ||
        compare(a.equipment, b.equipment) ||
        compare(a.person, b.person) ||
        compare(a.role, b.role),
    );
}

function foldPerson(
  facts: readonly LabourFact[],
  plant: LabourPlant,
  nowMs: number,
): LabourInterval[] {
  const intervals: LabourInterval[] = [];
  let open: Open[] = [];
  const close = ({ fact }: Open, toMs: number | null, endedBy: LabourInterval["endedBy"]): void => {
    if (toMs !== null && toMs <= fact.atMs) return;
    const { person, equipment, role, atMs } = fact;
    intervals.push({ person, equipment, role: role ?? "", fromMs: atMs, toMs, endedBy });
  };
  const closeForgotten = (untilMs: number): void => {
    for (const each of open) if (each.capMs <= untilMs) close(each, each.capMs, "shiftEnd");
    open = open.filter(({ capMs }) => capMs > untilMs);
  };
  for (const fact of facts.toSorted((a, b) => a.atMs - b.atMs || compare(a.id, b.id))) {
    if (fact.atMs > nowMs) break;
    closeForgotten(fact.atMs);
    const begun = beginning(fact, plant);
    const ends = (each: Open): boolean =>
      begun === undefined ? isSignedOff(each, fact) : !mayStay(each, begun);
    for (const each of open)
      if (ends(each)) close(each, fact.atMs, begun === undefined ? "signOff" : "signOn");
    open = open.filter((each) => !ends(each));
    if (begun !== undefined) open.push(begun);
  }
  closeForgotten(nowMs);
  for (const each of open) close(each, null, null);
  return intervals;
}

function beginning(fact: LabourFact, plant: LabourPlant): Open | undefined {
  const { kind, equipment, atMs } = fact;
  if (kind === "off" || equipment === null) return undefined;
  const rule = plant.ruleAt(equipment, atMs);
  return {
    fact: { ...fact, equipment },
    rule,
    capMs: capOf(plant.shiftsOf(equipment), atMs, rule),
  };
}

/** The end of the shift that somebody came for: whoever comes just before the next one came for that. */
function capOf(
  shifts: readonly { startMs: number; endMs: number }[],
  atMs: number,
  { toleranceMs }: LabourRule,
): number {
  const isEarlyFor = ({ startMs }: { startMs: number }): boolean =>
    atMs < startMs && startMs - atMs <= toleranceMs;
  const shift =
    shifts.find(isEarlyFor) ?? shifts.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
  return shift === undefined ? atMs + unscheduledMs : shift.endMs + toleranceMs;
}

function mayStay(each: Open, begun: Open): boolean {
  return (
    each.rule.severalPlaces &&
    begun.rule.severalPlaces &&
    each.fact.equipment !== begun.fact.equipment
  );
}

/** Signing off at a line is signing off at its units. */
function isSignedOff({ fact }: Open, { equipment }: LabourFact): boolean {
  return (
    equipment === null || fact.equipment === equipment || fact.equipment.startsWith(`${equipment}.`)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
