import type { AlarmSettings } from "@only-mes/protocols/console/alarms";
import { slug } from "@only-mes/protocols/plant/signal";
import { limitProblem } from "../domain/alarms/conditionRules.ts";
import { readAlarmDefinitions, type AlarmDefinitionRow } from "../store/readAlarmDefinitions.ts";
import { readAlarmSignals, readKnownUnits, type AlarmSignal } from "../store/readAlarmSignals.ts";
import { saveAlarmVersions, type NewAlarmVersion } from "../store/saveAlarmVersion.ts";
import type { Transaction } from "../store/statement.ts";

export interface WantedDefinition {
  id: string;
  settings: AlarmSettings;
  isRetired: boolean;
}

type DefinitionProblemCode =
  | "alarm_definition_id_invalid"
  | "unit_unknown"
  | "alarm_signal_missing"
  | "alarm_signal_unknown"
  | "alarm_signal_elsewhere"
  | "alarm_signal_unsuitable"
  | "alarm_signal_fixed"
  | "alarm_limits_reversed";

interface DefinitionProblem {
  /** Place among the wanted ones. */
  index: number;
  code: DefinitionProblemCode;
  detail: string;
  field: string;
}

export interface CheckedDefinitions {
  problems: DefinitionProblem[];
  created: NewAlarmVersion[];
  changed: NewAlarmVersion[];
  unchanged: number;
}

/** Holds wanted definitions against the plant and against what is defined; writes nothing. */
export async function checkDefinitions(
  tx: Transaction,
  wanted: readonly WantedDefinition[],
  validFromMs: number,
): Promise<CheckedDefinitions> {
  const units = [...new Set(wanted.map(({ id }) => unitOfDefinition(id)))];
  const ids = wanted.flatMap(({ settings }) => settings.signal ?? []);
  const known = {
    units: await readKnownUnits(tx, units),
    signals: await readAlarmSignals(tx, { ids, units }),
    stored: new Map(
      (
        await readAlarmDefinitions(tx, { ids: wanted.map(({ id }) => id), limit: wanted.length })
      ).map((row) => [row.id, row]),
    ),
  };
  const checked: CheckedDefinitions = { problems: [], created: [], changed: [], unchanged: 0 };
  for (const [index, one] of wanted.entries()) {
    const found = check(one, known);
    if ("code" in found) {
      checked.problems.push({ index, ...found });
      continue;
    }
    const version = { ...one, ...found, validFromMs };
    const stored = known.stored.get(one.id);
    if (stored === undefined) checked.created.push(version);
    else if (isSame(stored, one)) checked.unchanged += 1;
    else checked.changed.push(version);
  }
  return checked;
}

export async function saveDefinitions(
  tx: Transaction,
  { created, changed }: Pick<CheckedDefinitions, "created" | "changed">,
): Promise<void> {
  await saveAlarmVersions(tx, [...created, ...changed]);
}

function unitOfDefinition(id: string): string {
  return id.split(".").slice(0, 2).join(".");
}

interface Known {
  units: ReadonlyMap<string, string>;
  signals: readonly AlarmSignal[];
  stored: ReadonlyMap<string, AlarmDefinitionRow>;
}

type Found = { line: string; unit: string; signal: number };

function check(
  { id, settings }: WantedDefinition,
  { units, signals, stored }: Known,
): Found | Omit<DefinitionProblem, "index"> {
  const parts = id.split(".");
  if (parts.length !== 3 || !parts.every((part) => slug.safeParse(part).success)) {
    return { code: "alarm_definition_id_invalid", detail: `"${id}"`, field: "id" };
  }
  const unit = unitOfDefinition(id);
  const line = units.get(unit);
  if (line === undefined) return { code: "unit_unknown", detail: `"${unit}"`, field: "id" };
  const problem = limitProblem(settings.condition);
  if (problem !== undefined) {
    return { code: "alarm_limits_reversed", detail: problem, field: "condition" };
  }
  const { kind } = settings.condition;
  const isOfState = kind === "state";
  if (!isOfState && settings.signal === undefined) {
    return {
      code: "alarm_signal_missing",
      detail: `A condition of ${kind} needs one.`,
      field: "signal",
    };
  }
  const signal = isOfState
    ? signals.find((one) => one.unit === unit && one.role === "machineState")
    : signals.find((one) => one.id === settings.signal);
  if (signal === undefined) {
    return isOfState
      ? { code: "alarm_signal_missing", detail: `"${unit}" tells no state.`, field: "condition" }
      : { code: "alarm_signal_unknown", detail: `"${settings.signal}"`, field: "signal" };
  }
  if (signal.line !== line) {
    return { code: "alarm_signal_elsewhere", detail: `"${signal.id}"`, field: "signal" };
  }
  if (!isSuitable(signal, kind)) {
    const detail = `"${signal.id}" is of role ${signal.role}, the condition of kind ${kind}.`;
    return { code: "alarm_signal_unsuitable", detail, field: "signal" };
  }
  const before = stored.get(id)?.signal;
  if (before !== undefined && before !== signal.key) {
    return { code: "alarm_signal_fixed", detail: `"${id}"`, field: "signal" };
  }
  return { line, unit, signal: signal.key };
}

function isSuitable({ role }: AlarmSignal, kind: AlarmSettings["condition"]["kind"]): boolean {
  if (kind === "unreadable" || kind === "state") return true;
  if (role === "text") return false;
  if (kind === "status") return role === "status";
  if (kind === "code") return role !== "analog";
  return role !== "status" && role !== "stopCode" && role !== "machineState";
}

function isSame({ settings, isRetired }: AlarmDefinitionRow, wanted: WantedDefinition): boolean {
  return isRetired === wanted.isRetired && canonical(settings) === canonical(wanted.settings);
}

/** JSON with its keys in order: the database keeps them in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
