import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import type { Pool } from "pg";
import type { SignalMeaning } from "../domain/plant/effective-definition.ts";
import type { Transaction } from "./statement.ts";

export interface SignalBindingRow {
  key: number;
  id: string;
  datatype: number;
  /** Whole id of the unit that holds now. */
  unit: string;
  definition: SignalDefinition;
  born: SignalDefinition;
  /** Absent: the birth alone says what it is. */
  binding?: { unit: string; meaning: SignalMeaning; boundAtMs: number; version: number };
}

/** A signal with what it is bound to; with `lock`, births and other bindings of it wait. */
export async function readSignalBinding(
  db: Pick<Pool, "query"> | Transaction,
  id: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<SignalBindingRow | undefined> {
  const { rows } = await db.query<{
    key: number;
    id: string;
    datatype: number;
    unit: string;
    definition: SignalDefinition;
    born: SignalDefinition;
    bound_unit: string | null;
    role: SignalMeaning["role"];
    rule: Omit<SignalMeaning, "role">;
    bound_at: Date;
    version: number;
  }>(
    `SELECT s.key, s.id, s.datatype, s.unit, s.definition, coalesce(s.born, s.definition) AS born,
            b.unit AS bound_unit, b.role, b.rule, b.bound_at, b.version
       FROM signal s LEFT JOIN signal_binding b ON b.signal = s.key
      WHERE s.id = $1 ${lock ? "FOR UPDATE OF s" : ""}`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const { bound_unit, role, rule, bound_at, version, ...signal } = row;
  if (bound_unit === null) return signal;
  const meaning = { role, ...rule };
  return {
    ...signal,
    binding: { unit: bound_unit, meaning, boundAtMs: bound_at.getTime(), version },
  };
}
