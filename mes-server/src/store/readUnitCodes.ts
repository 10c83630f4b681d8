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

/** How the stop codes and modes of units changed in the times of each, and what held before. */
export async function readUnitCodes(
  db: Transaction,
  ranges: readonly { equipment: string; fromMs: number; toMs: number }[],
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
             FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS r(unit, from_ts, to_ts)
             JOIN signal s ON s.unit = r.unit AND s.definition ->> 'role' IN ('stopCode', 'machineMode')
             JOIN device_code c ON c.signal = s.key AND c.ts < r.to_ts
              AND c.ts >= coalesce(
                    (SELECT max(ts) FROM device_code WHERE signal = s.key AND ts <= r.from_ts), r.from_ts)
            ORDER BY s.id, c.ts`,
    values: [
      ranges.map(({ equipment }) => equipment),
      ranges.map(({ fromMs }) => new Date(fromMs)),
      ranges.map(({ toMs }) => new Date(toMs)),
    ],
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
