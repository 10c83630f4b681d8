import type { Transaction } from "./statement.ts";

/** A change of a device's code; null: nobody could read it. */
export interface CodeChange {
  signal: number;
  tsMs: number;
  code: number | null;
}

/** Of several changes at one time the last one holds. */
export async function insertCodeChanges(
  tx: Transaction,
  changes: readonly CodeChange[],
): Promise<void> {
  const last = new Map(changes.map((change) => [`${change.signal} ${change.tsMs}`, change]));
  const rows = [...last.values()];
  if (rows.length === 0) return;
  await tx.query({
    name: "insertCodeChanges",
    text: `INSERT INTO device_code (signal, ts, code)
           SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::float8[])
           ON CONFLICT (signal, ts) DO UPDATE SET code = excluded.code`,
    values: [
      rows.map(({ signal }) => signal),
      rows.map(({ tsMs }) => new Date(tsMs)),
      rows.map(({ code }) => code),
    ],
  });
}

/** Forgets the changes from a time on; answers the last one before it, and the first that is forgotten. */
export async function forgetCodeChanges(
  tx: Transaction,
  signal: number,
  fromMs: number,
): Promise<{ before: number | null | undefined; firstMs: number | undefined }> {
  const { rows: gone } = await tx.query<{ ts: Date }>(
    "DELETE FROM device_code WHERE signal = $1 AND ts >= $2 RETURNING ts",
    [signal, new Date(fromMs)],
  );
  const { rows } = await tx.query<{ code: number | null }>(
    "SELECT code FROM device_code WHERE signal = $1 AND ts < $2 ORDER BY ts DESC LIMIT 1",
    [signal, new Date(fromMs)],
  );
  const times = gone.map(({ ts }) => ts.getTime());
  return {
    before: rows[0]?.code,
    firstMs: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
  };
}

/** The lines that signals are of now, and what their codes mean. */
export async function readCodeSignals(
  tx: Transaction,
  signals: readonly number[],
): Promise<Map<number, { line: string; isMode: boolean }>> {
  const { rows } = await tx.query<{ key: number; line: string; is_mode: boolean }>(
    `SELECT s.key, u.line, s.definition ->> 'role' = 'machineMode' AS is_mode
       FROM signal s JOIN unit u ON u.id = s.unit WHERE s.key = ANY($1)`,
    [signals],
  );
  return new Map(rows.map(({ key, line, is_mode }) => [key, { line, isMode: is_mode }]));
}
