import type { CodeSpan } from "../domain/stops/device-codes.ts";
import type { Transaction } from "./statement.ts";

/** Of one signal of a unit, in order of time; the first one may have begun long before the window. */
export interface UnitCodes {
  unit: string;
  role: "stopCode" | "machineMode";
  /** Of a mode: the name of each code. */
  modes: Readonly<Record<string, string>>;
  changes: CodeSpan[];
}

/** How the stop codes and modes of units changed in a window. */
export async function readUnitCodes(
  db: Transaction,
  { units, fromMs, toMs }: { units: readonly string[]; fromMs: number; toMs: number },
): Promise<UnitCodes[]> {
  const { rows } = await db.query<{
    key: number;
    unit: string;
    role: UnitCodes["role"];
    modes: Record<string, string> | null;
    ts: Date;
    code: number | null;
  }>({
    name: "readUnitCodes",
    text: `SELECT s.key, s.unit, s.definition ->> 'role' AS role, s.definition -> 'modes' AS modes, c.ts, c.code
             FROM signal s
             JOIN device_code c ON c.signal = s.key AND c.ts < $3
              AND c.ts >= coalesce(
                    (SELECT max(ts) FROM device_code WHERE signal = s.key AND ts <= $2), $2)
            WHERE s.unit = ANY($1) AND s.definition ->> 'role' IN ('stopCode', 'machineMode')
            ORDER BY s.id, c.ts`,
    values: [units, new Date(fromMs), new Date(toMs)],
  });
  return [...Map.groupBy(rows, ({ key }) => key).values()].flatMap((changes) => {
    const [first] = changes;
    if (first === undefined) return [];
    return [
      {
        unit: first.unit,
        role: first.role,
        modes: first.modes ?? {},
        changes: changes.map(({ ts, code }) => ({ atMs: ts.getTime(), code })),
      },
    ];
  });
}
